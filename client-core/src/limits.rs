//! Every limit of protocol.md section 10, named in one place. Sizes are bytes unless the name says otherwise.

/// One Automerge change chunk.
pub const CHANGE_BYTES_MAX: usize = 1 << 20;
/// Changes in one push.
pub const PUSH_CHANGES_MAX: usize = 2_000;
/// One request or response body, compressed or not.
pub const BODY_BYTES_MAX: usize = 4 << 20;
/// One request body of a device that has no session yet, compressed or not.
pub const SESSIONLESS_BODY_BYTES_MAX: usize = 16 << 10;
/// What a phone asks for in one page.
pub const PAGE_BYTES_ASKED: usize = 256 << 10;
/// The most a hub puts into one page (a page holds at least one change).
pub const PAGE_BYTES_MAX: usize = 4 << 20;
/// One bundle file.
pub const BUNDLE_BYTES_MAX: usize = 256 << 20;
/// Items of one bundle.
pub const BUNDLE_ITEMS_MAX: usize = 1_000_000;
/// Operations in one change.
pub const CHANGE_OPS_MAX: usize = 100_000;
/// Actors named by one change: all that a record may have, so that a put can replace whatever they set at one place.
pub const CHANGE_ACTORS_MAX: usize = RECORD_ACTORS_MAX;
/// Dependencies of one change.
pub const CHANGE_DEPS_MAX: usize = 1_024;
/// The highest operation counter a record may reach.
pub const OP_COUNTER_MAX: u64 = 1 << 24;
/// Largest magnitude of a change's signed time in seconds: what fits 64 bits in milliseconds. Automerge stores the
/// differences between times, which it cannot load again where they overflow.
pub const TIME_S_ABS_MAX: u64 = (i64::MAX / 1_000) as u64;
/// How deep containers of a record nest below its root.
pub const CONTAINER_DEPTH_MAX: usize = 8;
/// Actors in one record.
pub const RECORD_ACTORS_MAX: usize = 1_024;
/// Fields of one form.
pub const FORM_FIELDS_MAX: usize = 200;
/// A one-line text answer.
pub const TEXT_BYTES_MAX: usize = 4 << 10;
/// A paragraph answer.
pub const PARAGRAPH_BYTES_MAX: usize = 64 << 10;
/// Items of a group list.
pub const LIST_ITEMS_MAX: usize = 1_000;
/// Largest magnitude of an integer answer: 2^53 - 2, exact in every JSON reader.
pub const INTEGER_ABS_MAX: i64 = (1 << 53) - 2;
/// Devices of one member.
pub const MEMBER_DEVICES_MAX: usize = 5;
/// Live connections of one device.
pub const DEVICE_LIVE_CONNECTIONS_MAX: usize = 2;
/// Records on one replica.
pub const REPLICA_RECORDS_MAX: usize = 20_000;
/// Records that a sync brings to a phone or a browser at most. The rest of [`REPLICA_RECORDS_MAX`] is for what is made there.
pub const RECORDS_TAKEN_MAX: usize = 19_000;
/// Texts that a replica keeps in memory ready to be searched. What is beyond is read from the store for each search.
pub const INDEX_TEXT_BYTES_MAX: usize = 8 << 20;
/// How long an invitation stays valid, in milliseconds.
pub const INVITE_VALID_MS: i64 = 7 * 24 * 3_600_000;
/// How long a session token stays valid, in milliseconds.
pub const SESSION_VALID_MS: i64 = 24 * 3_600_000;
/// How long after a membership has ended a change signed inside it is still admitted, in milliseconds.
pub const LATE_AFTER_MEMBERSHIP_MS: i64 = 90 * 24 * 3_600_000;
/// Depth of nested CBOR inside signed bytes.
pub const CBOR_DEPTH_MAX: usize = 16;
/// The campaign as JSON.
pub const CAMPAIGN_BYTES_MAX: usize = 2 << 20;
/// One expression of a campaign.
pub const EXPRESSION_BYTES_MAX: usize = 1_000;
/// The compiled form of one regular expression of a campaign.
pub const PATTERN_BYTES_MAX: usize = 256 << 10;
/// Errors reported about one campaign.
pub const CAMPAIGN_ERRORS_MAX: usize = 100;
/// A key of a store. Kept short so that an inner page of sled, which holds up to 257 keys of up to twice this size,
/// stays below the 128 KiB at which sled moves pages into files of their own, which it does not sync.
pub const KEY_BYTES_MAX: usize = 192;
/// A value of a store.
pub const VALUE_BYTES_MAX: usize = 16 << 20;
/// What a store around another one, such as [`crate::store::EncryptedStore`], may add to each value. It counts towards no
/// limit, so that a value one of them takes, both take.
pub const VALUE_BYTES_ADDED_MAX: usize = 64;
/// Keys and values of one batch of a store.
pub const BATCH_BYTES_MAX: usize = 64 << 20;
/// Damaged keys a check or an export of a store lists by name; the others are counted.
pub const DAMAGED_KEYS_LISTED_MAX: usize = 1_000;
/// Request bodies from this size on are sent compressed.
pub const COMPRESS_BYTES_MIN: usize = 1 << 10;
/// How often one step of a sync is tried again before its caller is told.
pub const STEP_RETRIES_MAX: u32 = 5;
/// The longest a replica waits before it tries again, in milliseconds, whatever the hub asks for.
pub const RETRY_WAIT_MS_MAX: u64 = 60_000;
/// Years that a yearly deadline may span.
pub const DEADLINE_YEARS_MAX: i16 = 100;
/// Words of one search; further ones narrow it no more.
pub const SEARCH_WORDS_MAX: usize = 16;
/// Letters of a title that are compared to find duplicates; what is alike up to here is alike.
pub const SUSPECT_TITLE_LETTERS_MAX: usize = 200;
/// Records that one is compared with to find duplicates, so that a day with thousands of records stays fast.
pub const SUSPECT_NEIGHBOURS_MAX: usize = 64;
/// Pairs of suspected duplicates offered per unit. Nobody looks through more; settling some brings up the next.
pub const SUSPECT_UNIT_PAIRS_MAX: usize = 500;
/// The largest absolute value of a decimal answer: what is larger cannot be summed with others, and is marked.
pub const DECIMAL_ABS_MAX: i64 = 1_000_000_000_000_000;
/// The answers of one draft as JSON. What is larger stays on the screen.
pub const DRAFT_BYTES_MAX: usize = 8 << 20;
/// The shortest PIN, in characters.
pub const PIN_CHARS_MIN: usize = 4;
/// The longest PIN, in characters.
pub const PIN_CHARS_MAX: usize = 64;
/// Wrong PINs that cost no waiting.
pub const PIN_FREE_TRIES: u32 = 5;
/// A `dongbo://` link.
pub const LINK_BYTES_MAX: usize = 16 << 10;
/// A vault.
pub const VAULT_BYTES_MAX: usize = 64 << 10;
/// Memory for stretching a PIN that a vault may ask for, in KiB.
pub const PIN_MEMORY_KIB_MAX: u32 = 1 << 20;
/// Passes over that memory that a vault may ask for.
pub const PIN_PASSES_MAX: u32 = 64;
/// Lanes of that memory that a vault may ask for.
pub const PIN_LANES_MAX: u32 = 16;
