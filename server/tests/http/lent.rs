//! A replica that an app goes on using while it synchronises: lent for one step, given back before each wait.

use std::collections::BTreeMap;

use dongbo_core::{
    RecordId,
    outside::Moment,
    record::MetaEdit,
    replica::{RecordStatus, Replica},
    store::MemoryStore,
    transport::{Holder, SyncLimits, SyncReport, TransportError},
};
use dongbo_server::outside::{SystemEntropy, now_ms};
use serde_json::json;

use crate::{
    OTHER_WARD, WARD, code,
    served::{Device, NoTime, Served, activity, answers},
};

/// An app that does something each time before it lends its replica, and lends it so many times.
struct App<'a, F> {
    replica: &'a mut Replica<MemoryStore>,
    before: F,
    times: usize,
}

impl<F: AsyncFnMut(&mut Replica<MemoryStore>)> Holder for App<'_, F> {
    type Store = MemoryStore;
    type Guard<'b>
        = &'b mut Replica<MemoryStore>
    where
        Self: 'b;

    async fn hold(&mut self) -> Result<Self::Guard<'_>, TransportError> {
        self.times = self.times.checked_sub(1).ok_or(TransportError::Paused)?;
        (self.before)(self.replica).await;
        Ok(self.replica)
    }
}

async fn sync<H: Holder>(
    transport: &mut dongbo_core::transport::Transport,
    holder: &mut H,
) -> (SyncReport, Result<(), TransportError>) {
    let mut report = SyncReport::default();
    let limits = SyncLimits::within_ms(u64::MAX);
    let outcome = transport.sync(holder, &mut NoTime, &limits, &mut report).await;
    (report, outcome)
}

async fn create(replica: &mut Replica<MemoryStore>, title: &str) -> RecordId {
    let mut entropy = SystemEntropy;
    let mut moment = Moment::new(now_ms(), &mut entropy);
    let (form, unit) = ("activity".parse().unwrap(), WARD.parse().unwrap());
    let given = answers(activity(title));
    replica.create(&form, &unit, &given, &MetaEdit::default(), None, &mut moment).await.unwrap().record
}

async fn retitle(replica: &mut Replica<MemoryStore>, record: RecordId, title: &str) {
    let mut entropy = SystemEntropy;
    let mut moment = Moment::new(now_ms(), &mut entropy);
    let changed = answers(json!({"title": title}));
    replica.edit(record, &[], &changed, &MetaEdit::default(), None, &mut moment).await.unwrap();
}

fn titles(replica: &Replica<MemoryStore>) -> BTreeMap<RecordId, String> {
    let query = dongbo_core::rollup::RowQuery { limit: usize::MAX, ..Default::default() };
    let rows = replica.rows(&query).unwrap();
    rows.into_iter().map(|row| (row.record, row.answers["title"].as_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn saves_and_edits_between_all_steps_go_out_in_the_same_sync() {
    let served = Served::start().await;
    let mut lan = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut minh = served.device("Trần Văn Minh", WARD, "commune_officer").await;
    let record = create(&mut lan.replica, "Ra quân").await;
    let mut saves = 0;
    let before = async |replica: &mut Replica<MemoryStore>| {
        if saves < 12 {
            saves += 1;
            // On the record whose earlier change is under way, and a new one.
            retitle(replica, record, &format!("Ra quân lần {saves}")).await;
            create(replica, &format!("Hoạt động {saves}")).await;
        }
    };
    let Device { replica, transport } = &mut lan;
    let mut app = App { replica, before, times: usize::MAX };
    let (report, outcome) = sync(transport, &mut app).await;
    outcome.unwrap();
    assert_eq!((report.admitted, report.held, report.undecided, report.more), (1 + 12 + 12, 0, 0, false));
    assert!(report.requests > 1 && report.sent_bytes > 0 && report.received_bytes > 0);
    assert_eq!(lan.replica.summary().unwrap().outbox, 0);
    assert_eq!(lan.replica.status(record).unwrap(), RecordStatus::Received);
    minh.sync().await.unwrap();
    assert_eq!(titles(&minh.replica), titles(&lan.replica));
    assert_eq!(titles(&minh.replica)[&record], "Ra quân lần 12");
}

#[tokio::test]
async fn pages_that_are_asked_for_ahead_lose_nothing_that_is_saved_meanwhile() {
    let served = Served::start().await;
    let mut lan = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    for number in 0..1_200 {
        create(&mut lan.replica, &format!("Hoạt động số {number}, ghi ở nhà văn hóa")).await;
    }
    lan.sync().await.unwrap();
    let mut minh = served.device("Trần Văn Minh", WARD, "commune_officer").await;
    minh.replica.forget_cursor().await.unwrap();
    let (mut saves, mut held) = (0, 0);
    let before = async |replica: &mut Replica<MemoryStore>| {
        held += 1;
        if held % 2 == 0 && saves < 10 {
            saves += 1;
            let some = *titles(replica).keys().next_back().unwrap();
            retitle(replica, some, &format!("Sửa giữa chừng {saves}")).await;
        }
    };
    let Device { replica, transport } = &mut minh;
    let mut app = App { replica, before, times: usize::MAX };
    let (report, outcome) = sync(transport, &mut app).await;
    outcome.unwrap();
    assert!(report.requests > 2, "{report:?}");
    assert_eq!((report.held, report.quarantined, minh.replica.summary().unwrap().outbox), (0, 0, 0));
    lan.sync().await.unwrap();
    assert_eq!(titles(&lan.replica).len(), 1_200);
    assert_eq!(titles(&minh.replica), titles(&lan.replica));
}

#[tokio::test]
async fn an_app_that_puts_its_replica_away_keeps_what_was_done() {
    let served = Served::start().await;
    for times in 0..12 {
        let mut lan = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
        let record = create(&mut lan.replica, "Ra quân").await;
        let Device { replica, transport } = &mut lan;
        let mut app = App { replica, before: async |_: &mut _| (), times };
        let (report, outcome) = sync(transport, &mut app).await;
        let received = lan.replica.status(record).unwrap() == RecordStatus::Received;
        assert_eq!(report.admitted == 1, received, "{times}");
        match outcome {
            Ok(()) => assert!(received && !report.more),
            Err(error) => assert!(error == TransportError::Paused && report.more, "{error}"),
        }
        lan.sync().await.unwrap();
        assert_eq!(lan.replica.status(record).unwrap(), RecordStatus::Received);
    }
}

#[tokio::test]
async fn an_answer_is_taken_in_by_nobody_else() {
    let served = Served::start().await;
    let mut lan = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let mut mai = served.device("Lê Thị Mai", OTHER_WARD, "commune_officer").await;
    lan.send("activity", WARD, activity("Ra quân")).await;
    lan.replica.forget_cursor().await.unwrap();
    let mut times = 0;
    let swap = async |replica: &mut Replica<MemoryStore>| {
        times += 1;
        if times == 4 {
            std::mem::swap(replica, &mut mai.replica);
        }
    };
    let Device { replica, transport } = &mut lan;
    let (_, outcome) = sync(transport, &mut App { replica, before: swap, times: usize::MAX }).await;
    assert_eq!(code(outcome), "paused");
    assert!(titles(&lan.replica).is_empty());
}

#[tokio::test]
async fn on_a_metered_line_a_sync_sends_everything_and_stops_asking() {
    let served = Served::start().await;
    let mut lan = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    for number in 0..60 {
        create(&mut lan.replica, &format!("Hoạt động {number}")).await;
    }
    lan.sync().await.unwrap();
    let mut minh = Device::prepare(&served.invite("Trần Văn Minh", WARD, "commune_officer").await, [7; 32]).await;
    minh.join().await.unwrap();
    // The catalogue and its forms come first: they are no page, and they are large.
    let Device { replica, transport } = &mut minh;
    let mut report = SyncReport::default();
    let limits = SyncLimits { deadline_ms: u64::MAX, pull_bytes_max: Some(10_000) };
    transport.sync(replica, &mut NoTime, &limits, &mut report).await.unwrap();
    assert!(report.more && report.received > 0 && report.received < 60, "{report:?}");
    let before = titles(replica).len();
    let own = create(replica, "Của Minh").await;
    let mut report = SyncReport::default();
    let limits = SyncLimits { deadline_ms: u64::MAX, pull_bytes_max: Some(0) };
    transport.sync(replica, &mut NoTime, &limits, &mut report).await.unwrap();
    assert_eq!((report.admitted, report.more), (1, true));
    assert_eq!(replica.status(own).unwrap(), RecordStatus::Received);
    assert!(titles(replica).len() <= before + 2);
    minh.sync().await.unwrap();
    assert_eq!(titles(&minh.replica).len(), 61);
}
