//! What ICU sorts Vietnamese by. ICU's own tables hold the peculiarities of every language of the world, nearly one MB
//! of them; here are those of `vi`, and the root, marks and decompositions that every language shares are taken from it.

use icu_collator::provider::{self as collator, CollationData, CollationTailoringV1};
use icu_collections::codepointtrie::{CodePointTrie, CodePointTrieError, CodePointTrieHeader, TrieType};
use icu_normalizer::provider as normalizer;
use icu_provider::prelude::*;
use zerovec::ZeroVec;

pub(super) struct Tables;

macro_rules! taken_from_icu {
    ($($module:ident: $($marker:ident)+;)+) => {$($(
        impl DataProvider<$module::$marker> for Tables {
            fn load(&self, request: DataRequest<'_>) -> Result<DataResponse<$module::$marker>, DataError> {
                $module::Baked.load(request)
            }
        }
    )+)+};
}

taken_from_icu! {
    collator: CollationRootV1 CollationDiacriticsV1 CollationJamoV1 CollationMetadataV1 CollationReorderingV1
        CollationSpecialPrimariesV1;
    normalizer: NormalizerNfdDataV1 NormalizerNfdTablesV1;
}

impl DataProvider<CollationTailoringV1> for Tables {
    fn load(&self, _: DataRequest<'_>) -> Result<DataResponse<CollationTailoringV1>, DataError> {
        let tables = vietnamese().map_err(|_| DataError::custom("the letters of Vietnamese"))?;
        Ok(DataResponse { metadata: DataResponseMetadata::default(), payload: DataPayload::from_owned(tables) })
    }
}

/// Where Vietnamese differs from the root: `ă â ê ô ơ ư` are letters of their own, which their base and its mark make
/// together, and so is `đ`. As CLDR compiled it; a test holds it against ICU's.
fn vietnamese() -> Result<CollationData<'static>, CodePointTrieError> {
    /// Of a code point: as in the root.
    const AS_ROOT: u32 = 192;
    /// In blocks of 64 code points, the first for all blocks without a letter of these.
    const AEOU_D: [(usize, u32); 10] = [
        (65, 1_737),
        (69, 75_465),
        (79, 124_617),
        (85, 214_729),
        (97, 272_073),
        (101, 345_801),
        (111, 394_953),
        (117, 485_065),
        (134, 838_993_286),
        (135, 838_993_157),
    ];
    #[rustfmt::skip]
    const MARKS: [u16; 66] = [
        11008, 1436, 1, 770, 60419, 1414, 774, 60418, 1414, 13056, 1436, 48, 770, 62466, 1414, 18176, 1436, 1, 770, 65535,
        18434, 1414, 795, 65535, 18435, 1414, 21248, 1436, 48, 795, 65535, 21506, 1414, 11008, 1285, 1, 770, 60419, 1285,
        774, 60418, 1285, 13056, 1285, 48, 770, 62466, 1285, 18176, 1285, 1, 770, 65535, 18434, 1285, 795, 65535, 18435,
        1285, 21248, 1285, 48, 795, 65535, 21506, 1285,
    ];
    let header = CodePointTrieHeader {
        high_start: 512,
        shifted12_high_start: 1,
        index3_null_offset: 32_767,
        data_null_offset: 0,
        null_value: AS_ROOT,
        trie_type: TrieType::Small,
    };
    let mut blocks = [0_u16; 64];
    (blocks[1], blocks[4]) = (64, 118);
    let mut letters = [AS_ROOT; 182];
    AEOU_D.iter().for_each(|&(at, letter)| letters[at] = letter);
    Ok(CollationData {
        trie: CodePointTrie::try_new(header, ZeroVec::alloc_from_slice(&blocks), ZeroVec::alloc_from_slice(&letters))?,
        ces: ZeroVec::new(),
        ce32s: ZeroVec::new(),
        contexts: ZeroVec::alloc_from_slice(&MARKS),
    })
}

#[cfg(test)]
mod tests {
    use icu_locale_core::locale;

    use super::*;

    #[test]
    fn they_are_those_of_icu() {
        let locale = DataLocale::from(locale!("vi"));
        let id = DataIdentifierBorrowed::for_locale(&locale);
        let icus: DataResponse<CollationTailoringV1> =
            collator::Baked.load(DataRequest { id, ..DataRequest::default() }).unwrap();
        assert_eq!(&vietnamese().unwrap(), icus.payload.get());
    }
}
