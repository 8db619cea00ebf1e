//! With sentences and names as people write them.

use std::cmp::Ordering;

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

use super::*;

const TITLE: &str = "Ra quân hướng dẫn cài đặt VNeID tại khu phố 3";

#[test]
fn folding_takes_marks_case_and_spacing_away() {
    let check = |text: &str, expect: &str| {
        assert_eq!(fold(text), expect);
        assert_eq!(fold(&text.nfd().collect::<String>()), expect, "whatever form it was typed in");
    };
    check(TITLE, "ra quan huong dan cai dat vneid tai khu pho 3");
    check("  Đặc khu\u{a0}Côn  Đảo\n", "dac khu con dao");
    check("ĐƯỜNG NGUYỄN ĂN ỞÔ", "duong nguyen an oo");
    check("Hoà, hòa", "hoa, hoa");
    check("", "");
}

#[test]
fn tones_have_one_place() {
    let check = |text: &str, expect: &str| {
        assert_eq!(normal_tones(text), expect);
        assert_eq!(normal_tones(&text.nfd().collect::<String>()), expect);
        assert_eq!(normal_tones(&text.to_uppercase()), expect.to_uppercase());
    };
    check("Xã Hòa Long, xã Hoà Hiệp", "Xã Hoà Long, xã Hoà Hiệp");
    check("thủy lợi, thuỷ sản", "thuỷ lợi, thuỷ sản");
    check("khỏe mạnh, khoẻ mạnh", "khoẻ mạnh, khoẻ mạnh");
    check("Trung úy; thiếu uý", "Trung uý; thiếu uý");
    check("số hóa, tòa án, lũy kế, hủy", "số hoá, toà án, luỹ kế, huỷ");
    for one_way in ["quý", "giá", "của", "quả", "hoàn", "toán", "ngoài", "loẹt", "khuỷu", "huýt", "tuần", "chùa", "mía"]
    {
        check(one_way, one_way);
    }
}

#[test]
fn words_are_found_anywhere() {
    let check = |query: &str, text: &str, expect: bool| assert_eq!(matches(query, text), expect, "{query} in {text}");
    check("huong dan vneid", TITLE, true);
    check("VNEID  phố", TITLE, true);
    check("khu pho 4", TITLE, false);
    check("", TITLE, true);
    check(" \u{301} ", TITLE, true);
    // With marks they are meant, wherever the tone stands.
    check("hướng", TITLE, true);
    check("hường", TITLE, false);
    check("Hòa", "Tổ công nghệ số cộng đồng xã Hoà Long", true);
    check("đặt", TITLE, true);
    check("đất", TITLE, false);
    // Where the text was typed without Vietnamese, it says nothing of them.
    check("hướng dẫn", "Ra quan huong dan cai dat VNEID tai khu pho 3", true);
    check("hường dẫn", "Ra quan huong dan cai dat VNEID tai khu pho 3", true);
}

#[test]
fn words_may_stand_in_different_texts() {
    let search = Search::new("vneid Nguyễn");
    assert!(search.matches([TITLE, "Người hướng dẫn: Nguyễn Thị Hoa"]));
    assert!(!search.matches([TITLE]));
    assert!(!search.matches([]));
    assert!(Search::default().matches([]));
    assert!(!Search::new("haihai").finds(&Findable::new(["một hai", "hai ba"])), "no word reaches from text to text");
}

#[test]
fn the_order_of_a_dictionary() {
    let check = |sorted: &[&str]| {
        let collation = Collation::new();
        let mut again: Vec<&str> = sorted.iter().rev().copied().collect();
        again.sort_by(|a, b| collation.compare(a, b));
        assert_eq!(again, sorted);
    };
    check(&["a", "ă", "â", "b", "d", "đ", "e", "ê", "o", "ô", "ơ", "u", "ư", "y"]);
    check(&["ma", "mà", "mả", "mã", "má", "mạ", "mang"]);
    check(&["Phường 1", "Phường 2", "Phường 10", "Phường 11", "Phường Thắng Nhất", "Phường Thắng Tam"]);
    check(&["Xã Bàu Lâm", "Xã Bình Ba", "Xã Bình Châu", "Xã Châu Đức", "Xã Đất Đỏ", "Xã Hoà Hiệp", "Xã Hồ Tràm"]);
    assert_eq!(compare("Xã Hòa Long", "Xã Hoà Long"), Ordering::Equal);
    assert_eq!(compare("Đội 2", "Dội 10"), Ordering::Greater);
}

#[test]
fn people_are_sorted_by_given_name() {
    let sorted = [
        "Lê Văn An",
        "Nguyễn Thị An",
        "Trần Thị Ánh",
        "Phạm Minh Đức",
        "Hoa",
        "Bùi Thị Hoa",
        "Nguyễn Thị Hoa",
        "Nguyễn Văn Hoà",
        "Đặng Thị Thùy",
        "Võ Thị  Thuỷ",
    ];
    let collation = Collation::new();
    let mut again: Vec<&str> = sorted.iter().rev().copied().collect();
    again.sort_by(|a, b| collation.compare_names(a, b));
    assert_eq!(again, sorted);
    assert_eq!(compare_names("Nguyễn Văn Hòa", "Nguyễn  Văn Hoà"), Ordering::Equal);
}

proptest! {
    #[test]
    fn done_twice_is_done_once(text in "[a-zA-ZàảãáạăằâầđĐêềôồơờưừoóeéuúyýqgi \u{301}\u{323}]{0,30}") {
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
        let normal = normal_tones(&text);
        prop_assert_eq!(normal_tones(&normal), normal.clone());
        prop_assert_eq!(fold(&normal), fold(&text));
        prop_assert!(matches(&text, &text));
        prop_assert_eq!(compare(&text, &normal), Ordering::Equal);
    }

    #[test]
    fn texts_made_ready_are_found_alike(
        query in "[a-zđĐàạAÀ \u{301}\u{323}\n]{0,6}",
        texts in proptest::collection::vec("[a-zđĐàạAÀ \u{301}\u{323}\n]{0,12}|\\PC{0,6}", 0..4),
    ) {
        let search = Search::new(&query);
        let texts = || texts.iter().map(String::as_str);
        prop_assert_eq!(search.finds(&Findable::new(texts())), search.matches(texts()));
    }

    #[test]
    fn the_order_is_total(a in "\\PC{0,12}", b in "\\PC{0,12}") {
        prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
        let collation = Collation::new();
        prop_assert_eq!(compare(&a, &b), collation.sort_key(&a).cmp(&collation.sort_key(&b)));
        prop_assert_eq!(compare_names(&a, &b), compare_names(&b, &a).reverse());
        let _ = matches(&a, &b);
    }
}
