//! The main job, end to end, with real processes: a hub, two commune officers, two volunteers, a district aggregator
//! and a provincial lead, each with a store of their own. They work offline, the link is cut, processes are killed;
//! after reconnection everything is compared with what each person typed. Exits non-zero on any difference.

use std::{path::Path, process::ExitCode};

use anyhow::{Context as _, ensure};
use dongbo_tests::{
    demo::{
        link::Link,
        people::{self, Account, COMMUNE},
        process::{HubProcess, Phone, free_address, run},
        year,
    },
    world::Seeded,
};
use serde_json::Value;

fn main() -> ExitCode {
    let directory = std::env::temp_dir().join(format!("dongbo-demo-{}", std::process::id()));
    let outcome = demo(&directory).and_then(|()| {
        say("\nPhong trào thi đua, tua nhanh 2023 - 2025  /  the movement in fast forward\n");
        year::run(&mut |line| say(line)).map(|_| ())
    });
    let _ = std::fs::remove_dir_all(&directory);
    match outcome {
        Ok(()) => {
            say("ĐẠT: mọi con số khớp, không mất gì.  /  PASSED: every number agrees, nothing was lost.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&format!("KHÔNG ĐẠT / FAILED: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "telling what happens is what a demonstration is for")]
fn say(text: &str) {
    println!("{text}");
}

/// The people of the demonstration.
struct People {
    hoa: Phone,
    binh: Phone,
    lan: Phone,
    duc: Phone,
    district: Phone,
    province: Phone,
}

impl People {
    fn all(&self) -> [&Phone; 6] {
        [&self.hoa, &self.binh, &self.lan, &self.duc, &self.district, &self.province]
    }
}

fn demo(directory: &Path) -> anyhow::Result<()> {
    let data = directory.join("hub");
    let data_text = data.to_str().context("a directory with an odd name")?.to_owned();
    std::fs::create_dir_all(directory)?;
    let address = free_address()?;
    let link = Link::open(address)?;

    say("\n1. Trung tâm đồng bộ và sáu người  /  a hub and six people");
    let origin = link.origin();
    run(&["init", "--data", &data_text, "--campaign", "campaigns/kh244", "--origin", &origin, "--json"])?;
    let hub = HubProcess::start(&data, address)?;
    let people = People {
        hoa: invite(directory, &data_text, "Nguyễn Thị Hòa", COMMUNE, "commune_officer")?,
        binh: invite(directory, &data_text, "Trần Văn Bình", COMMUNE, "commune_officer")?,
        lan: invite(directory, &data_text, "Phạm Thị Lan", COMMUNE, "volunteer")?,
        duc: invite(directory, &data_text, "Võ Minh Đức", COMMUNE, "volunteer")?,
        district: invite(directory, &data_text, "Hoàng Văn Nam", "748", "district_aggregator")?,
        province: invite(directory, &data_text, "Lê Thị Ánh", "stttt", "provincial_lead")?,
    };

    let mut account = Account::new();
    let mut typed = 0;
    say("2. Trước khi mất mạng: một sáng kiến, một buổi tiếp cận  /  before the network goes");
    let initiative = people.hoa.type_in("initiative", &[people::initiative(&mut account)])?.remove(0);
    let mut random = Seeded(244);
    let shared = people.lan.type_in("outreach", &[people::outreach(&mut random, "dtn", &mut account)])?.remove(0);
    typed += 2;
    for phone in [&people.hoa, &people.lan, &people.binh, &people.duc] {
        phone.sync()?;
    }
    let opened_with = heads(&people.binh.run(&["show", &initiative])?)?;

    say("3. Hai ngày không mạng: mỗi người nhập việc của mình  /  two days offline, everyone types");
    link.set_up(false);
    ensure!(!people.hoa.try_sync(), "the link should be down");
    typed += type_offline(&people, &mut random, &mut account)?;
    say(&format!("   {typed} bản ghi đã nhập  /  {typed} records typed"));
    edit_apart(&people, &initiative, &shared, &mut account)?;
    let killed = kill_while_saving(&people.duc, &mut random, &mut account)?;
    typed += killed;

    say("4. Có mạng lại, nhưng chập chờn  /  the network is back, badly");
    let hub = reconnect_badly(&link, &people, hub)?;
    for _ in 0..2 {
        for phone in people.all() {
            phone.sync()?;
        }
    }

    say("5. Kết quả  /  results");
    show_merge(&people, &initiative, &opened_with)?;
    show_review(&people, &initiative)?;
    show_counter(&people, &shared, &account)?;
    for _ in 0..2 {
        for phone in people.all() {
            phone.sync()?;
        }
    }
    compare_rollup(&data_text, &account)?;
    compare_holdings(&people, &data_text, typed)?;
    drop(hub);
    let report = run(&["verify", "--data", &data_text, "--json"])?;
    ensure!(report["problems"].as_array().is_some_and(Vec::is_empty), "verify: {report}");
    say(&format!("   sổ cái / ledger: {} mục, chuỗi băm và chữ ký đúng", report["entries"]));
    Ok(())
}

fn invite(directory: &Path, data: &str, name: &'static str, unit: &str, role: &str) -> anyhow::Result<Phone> {
    let invited = run(&["invite", "--data", data, "--name", name, "--unit", unit, "--role", role, "--json"])?;
    let link = invited["link"].as_str().context("no link in the invitation")?;
    let store = directory.join(format!("phone-{role}-{}", name.split(' ').next_back().unwrap_or_default()));
    say(&format!("   {name}: {role} @ {unit}"));
    Phone::join(name, store, link)
}

fn type_offline(people: &People, random: &mut Seeded, account: &mut Account) -> anyhow::Result<usize> {
    let mut typed = 0;
    for phone in [&people.hoa, &people.binh] {
        let activities: Vec<Value> = (1..=90).map(|n| people::activity(random, n, account)).collect();
        let courses: Vec<Value> = (1..=45).map(|n| people::training(random, n, account)).collect();
        typed += phone.type_in("activity", &activities)?.len() + phone.type_in("training", &courses)?.len();
    }
    for (phone, organisation) in [(&people.lan, "dtn"), (&people.duc, "hnd")] {
        let sessions: Vec<Value> = (0..125).map(|_| people::outreach(random, organisation, account)).collect();
        typed += phone.type_in("outreach", &sessions)?.len();
    }
    Ok(typed)
}

/// Both officers edit one initiative, both volunteers count into one counter, all offline.
fn edit_apart(people: &People, initiative: &str, shared: &str, account: &mut Account) -> anyhow::Result<()> {
    people.hoa.run(&[
        "edit",
        initiative,
        "--set",
        "title=Số hóa sổ hộ khẩu: quét và đối chiếu",
        "--set",
        "description=Quét sổ hộ khẩu giấy, đối chiếu với cơ sở dữ liệu dân cư và trả kết quả trong ngày.",
    ])?;
    people.binh.run(&[
        "edit",
        initiative,
        "--set",
        "title=Tra cứu hộ khẩu số tại một cửa",
        "--set",
        "benefit=Giảm thời gian tra cứu cho người dân từ hai ngày còn mười phút.",
    ])?;
    people.lan.run(&["edit", shared, "--set", "reached=+12"])?;
    people.duc.run(&["edit", shared, "--set", "reached=+30"])?;
    *account.entry("outreach_reached").or_default() += 42;
    Ok(())
}

/// SIGKILL while records are being saved: whatever was said to be saved is there, and at most one more.
fn kill_while_saving(phone: &Phone, random: &mut Seeded, account: &mut Account) -> anyhow::Result<usize> {
    let before = ids(&phone.run(&["list", "outreach"])?)?;
    let mut each = Vec::new();
    for _ in 0..40 {
        let mut own = Account::new();
        let record = people::outreach(random, "hnd", &mut own);
        each.push((record, own));
    }
    let records: Vec<Value> = each.iter().map(|(record, _)| record.clone()).collect();
    let said = phone.killed_while_typing("outreach", &records, 15)?;
    let after = ids(&phone.run(&["list", "outreach"])?)?;
    let kept = after.len() - before.len();
    ensure!(said.iter().all(|id| after.contains(id)), "a record that was said to be saved is gone");
    ensure!((said.len()..=said.len() + 1).contains(&kept), "{kept} kept, {} said to be saved", said.len());
    // What was saved is a prefix of what was typed.
    for (_, own) in &each[..kept] {
        people::add(account, own);
    }
    say(&format!(
        "   SIGKILL khi đang lưu: báo {} đã lưu, còn đủ {kept}  /  said {}, kept {kept}",
        said.len(),
        said.len()
    ));
    Ok(kept)
}

/// A push is cut, the hub is killed during a push, a pull is cut.
fn reconnect_badly(link: &Link, people: &People, hub: HubProcess) -> anyhow::Result<HubProcess> {
    link.set_up(true);
    link.cut_after_sending(20_000);
    ensure!(!people.hoa.try_sync(), "the push should have been cut");
    ensure!(link.cuts() == 1, "the link was not cut in mid-push");
    say("   đứt mạng giữa lúc gửi, gửi lại  /  cut in mid-push, sent again");
    link.set_up(true);
    people.hoa.sync()?;

    let before = link.bytes_to_hub();
    let mut pushing = people.lan.start(&["sync"])?;
    while link.bytes_to_hub() < before + 8_000 && pushing.try_wait()?.is_none() {
        std::thread::yield_now();
    }
    let hub = hub.kill_and_restart()?;
    pushing.wait()?;
    say("   SIGKILL trung tâm giữa lúc nhận, khởi động lại  /  hub killed in mid-push, started again");
    for phone in [&people.lan, &people.duc, &people.binh] {
        phone.sync()?;
    }

    link.cut_after_receiving(30_000);
    ensure!(!people.district.try_sync(), "the pull should have been cut");
    ensure!(link.cuts() == 2, "the link was not cut in mid-pull");
    say("   đứt mạng giữa lúc nhận, nhận tiếp  /  cut in mid-pull, went on");
    link.set_up(true);
    Ok(hub)
}

fn show_merge(people: &People, initiative: &str, opened_with: &[String]) -> anyhow::Result<()> {
    let merged = people.hoa.run(&["show", initiative])?;
    ensure!(
        merged["answers"] == people.binh.run(&["show", initiative])?["answers"],
        "the officers see different answers"
    );
    let answers = &merged["answers"];
    ensure!(answers["description"].as_str().is_some_and(|text| text.ends_with("trong ngày.")), "{answers}");
    ensure!(answers["benefit"].as_str().is_some_and(|text| text.ends_with("mười phút.")), "{answers}");
    say(&format!(
        "   sáng kiến gộp / merged initiative:\n     mô tả: {}\n     lợi ích: {}",
        answers["description"], answers["benefit"]
    ));
    let conflicts = people.hoa.run(&["conflicts", initiative])?;
    let conflict = &conflicts["conflicts"][0];
    ensure!(conflict["path"] == "title" && conflict["candidates"].as_array().map(Vec::len) == Some(2), "{conflicts}");
    for candidate in conflict["candidates"].as_array().into_iter().flatten() {
        say(&format!("     xung đột / conflict: {}", candidate["value"]));
    }
    // Bình saves in a form that he opened before Hòa's edit arrived: nothing of hers is overwritten.
    let mut arguments = vec!["edit", initiative, "--set", "conditions=Có máy quét và một cán bộ trực."];
    for head in opened_with {
        arguments.extend(["--base", head]);
    }
    people.binh.run(&arguments)?;
    people.binh.sync()?;
    people.hoa.sync()?;
    let after = people.hoa.run(&["show", initiative])?;
    ensure!(after["answers"]["description"] == answers["description"], "a stale form overwrote the description");
    ensure!(after["answers"]["conditions"].is_string(), "the stale form's answer is missing");
    people.hoa.run(&["resolve", initiative, "title", "0"])?;
    people.hoa.sync()?;
    people.binh.sync()?;
    let settled = people.binh.run(&["show", initiative])?;
    ensure!(settled["conflicts"].as_array().is_none_or(Vec::is_empty), "the conflict is not settled: {settled}");
    say(&format!("     giải quyết bằng một lệnh / settled by one call: {}", settled["answers"]["title"]));
    Ok(())
}

fn show_review(people: &People, initiative: &str) -> anyhow::Result<()> {
    people.district.sync()?;
    let reference = format!("initiative={initiative}");
    let review = people.district.run(&[
        "new",
        "review",
        "--unit",
        COMMUNE,
        "--set",
        &reference,
        "--set",
        "verdict=needs_work",
        "--set",
        "comment=Đề nghị bổ sung số liệu trước và sau khi áp dụng.",
        "--set",
        "reviewed_on=2023-06-30",
    ])?;
    let review = review["record"].as_str().context("no review")?.to_owned();
    people.district.sync()?;
    people.hoa.sync()?;
    let read = people.hoa.run(&["show", &review])?;
    ensure!(read["changed_since_review"] == false, "{read}");
    say(&format!("   xã đọc nhận xét của huyện / the commune reads the review: {}", read["answers"]["comment"]));
    people.hoa.run(&["edit", initiative, "--set", "saving=12500000"])?;
    people.hoa.sync()?;
    people.district.sync()?;
    let read = people.district.run(&["show", &review])?;
    ensure!(read["changed_since_review"] == true, "{read}");
    say("     đã sửa sau nhận xét: có  /  changed since review: yes");
    Ok(())
}

fn show_counter(people: &People, shared: &str, _account: &Account) -> anyhow::Result<()> {
    let values: Vec<Value> = [&people.lan, &people.duc]
        .into_iter()
        .map(|phone| Ok(phone.run(&["show", shared])?["answers"]["reached"].clone()))
        .collect::<anyhow::Result<_>>()?;
    ensure!(values[0] == values[1] && values[0].as_i64().is_some_and(|sum| sum > 42), "{values:?}");
    say(&format!("   bộ đếm chung / shared counter: 12 + 30 + lần đầu = {}", values[0]));
    Ok(())
}

/// The district's roll-up beside the sum of what each person typed.
fn compare_rollup(data: &str, account: &Account) -> anyhow::Result<()> {
    let rollup = run(&["rollup", "--data", data, "--unit", "748", "--json"])?;
    say("   số liệu cấp huyện bên cạnh số cộng riêng / district roll-up beside the independent sum:");
    for (measure, expected) in account {
        let cells = rollup["cells"].as_array().context("no cells")?;
        let totals = cells.iter().filter(|cell| cell["measure"] == *measure && cell["dimension"] == "");
        let sum: i64 = totals.map(|cell| cell["value"].as_str().and_then(|v| v.parse().ok()).unwrap_or(0)).sum();
        say(&format!("     {measure:<24} {sum:>7}  =  {expected:>7}"));
        ensure!(sum == *expected, "{measure}: the roll-up says {sum}, people typed {expected}");
    }
    Ok(())
}

fn compare_holdings(people: &People, data: &str, typed: usize) -> anyhow::Result<()> {
    let everything = ids(&run(&["records", "--data", data, "--limit", "100000", "--json"])?)?;
    ensure!(everything.len() == typed + 1, "the hub holds {}, {typed} were typed and one review", everything.len());
    for phone in people.all() {
        let status = phone.run(&["status"])?;
        for none in ["outbox", "held", "quarantined"] {
            ensure!(status[none] == 0, "{}: {status}", phone.name);
        }
        say(&format!(
            "   {:<16} giữ / holds {:>4}, chưa gửi / unsent {}",
            phone.name, status["records"], status["outbox"]
        ));
    }
    let province = ids(&people.province.run(&["list"])?)?;
    ensure!(province == everything, "the province and the hub hold different records");
    ensure!(
        ids(&people.hoa.run(&["list"])?)? == ids(&people.binh.run(&["list"])?)?,
        "the officers hold different records"
    );
    Ok(())
}

fn ids(listed: &Value) -> anyhow::Result<Vec<String>> {
    let records = listed["records"].as_array().context("no records")?;
    let mut ids: Vec<String> = records.iter().filter_map(|row| Some(row["record"].as_str()?.to_owned())).collect();
    ids.sort();
    Ok(ids)
}

fn heads(shown: &Value) -> anyhow::Result<Vec<String>> {
    let heads = shown["heads"].as_array().context("no heads")?;
    Ok(heads.iter().filter_map(|head| Some(head.as_str()?.to_owned())).collect())
}
