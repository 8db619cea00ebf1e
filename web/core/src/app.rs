//! The one entry: which call does what.

use std::{cell::RefCell, rc::Rc};

use dongbo_core::{
    replica::{Replica, ReplicaError},
    store::DataKey,
    sync::Invitation,
    vault::{PinCost, Vault},
};
use futures_util::lock::{MappedMutexGuard, Mutex, MutexGuard};
use js_sys::{JSON, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{
    answer::{Invited, Me},
    database::Databases,
    keys::BrowserKey,
    outside::{entropy, now_ms},
    people::{Entry, People},
    problem::Problem,
    request::Call,
    session::{Session, open_store},
    vault,
};

/// The name somebody gives to this browser, in characters.
const NAME_CHARS_MAX: usize = 100;

/// The core of the page, in its worker.
#[wasm_bindgen]
pub struct App {
    databases: Rc<Databases>,
    people: Mutex<Option<People>>,
    session: RefCell<Option<Rc<Session>>>,
}

#[wasm_bindgen]
impl App {
    /// The core over the databases of this browser. Nothing is opened yet.
    #[wasm_bindgen(constructor)]
    pub fn new(databases: Databases) -> Self {
        // What a panic says leaves as an exception: the worker tells the page, which starts another worker.
        std::panic::set_hook(Box::new(|panic| wasm_bindgen::throw_str(&panic.to_string())));
        Self { databases: Rc::new(databases), people: Mutex::new(None), session: RefCell::new(None) }
    }

    /// Does what a call of `web/src/core/types.ts` asks; fails with its `Problem`. Bytes in the arguments come beside
    /// them.
    pub async fn call(&self, name: String, arguments: JsValue, bytes: Option<Vec<u8>>) -> Result<JsValue, JsValue> {
        let answer = async {
            let arguments = JSON::stringify(&arguments).ok().and_then(|text| text.as_string());
            let name = serde_json::Value::from(name);
            let text = format!(r#"{{"call":{name},"with":{}}}"#, arguments.as_deref().unwrap_or("{}"));
            let call = serde_json::from_str(&text);
            let call = call.map_err(|error| Problem::of_code_with("malformed", error.to_string()))?;
            self.answer(call, bytes.unwrap_or_default()).await
        };
        match answer.await {
            Ok(Answer::Json(text)) => JSON::parse(&text),
            Ok(Answer::Bytes(bytes)) => Ok(Uint8Array::from(&bytes[..]).into()),
            Err(problem) => Err(JSON::parse(&serde_json::to_string(&problem).unwrap_or_default())?),
        }
    }
}

/// What goes back over the border.
enum Answer {
    Json(String),
    Bytes(Vec<u8>),
}

impl Answer {
    fn of(answer: impl Serialize) -> Result<Self, Problem> {
        let text = serde_json::to_string(&answer);
        Ok(Self::Json(text.map_err(|error| Problem::of_code_with("panic", error.to_string()))?))
    }
}

impl App {
    async fn answer(&self, call: Call, bytes: Vec<u8>) -> Result<Answer, Problem> {
        match call {
            Call::People {} => Answer::of(self.people().await?.list(now_ms())?),
            Call::Enrol { invitation, name, device, pin } => {
                Answer::of(self.enrol(&invitation, &name, &device, pin.as_deref()).await?)
            }
            Call::Unlock { person, pin } => Answer::of(self.unlock(&person, pin.as_deref()).await?),
            Call::Lock {} => {
                self.lock().await;
                Answer::of(())
            }
            Call::ChangePin { person, pin, new_pin } => {
                let people = &mut *self.people().await?;
                Answer::of(vault::change_pin(people, &person, pin.as_deref(), new_pin.as_deref()).await?)
            }
            Call::ResetRequest { person } => {
                Answer::of(vault::reset_request(&mut *self.people().await?, &person).await?)
            }
            Call::FinishReset { person, answer, new_pin } => {
                let people = &mut *self.people().await?;
                Answer::of(vault::finish_reset(people, &person, &answer, new_pin.as_deref()).await?)
            }
            Call::Remove { person } => Answer::of(self.remove(&person).await?),
            Call::ReadInvitation { invitation } => Answer::of(invited(&invitation)?),
            Call::Me {} => Answer::of(self.session()?.me().await?),
            Call::Join {} => {
                let session = self.session()?;
                session.join().await?;
                session.obey(&mut *self.people().await?).await?;
                Answer::of(session.me().await?)
            }
            Call::Campaign {} => Answer::of(self.session()?.campaign().await?),
            Call::Units {} => Answer::of(self.session()?.units().await?),
            Call::Creatable {} => Answer::of(self.session()?.creatable().await?),
            Call::Check { form, answers } => Answer::of(self.session()?.check(&form, &answers).await?),
            Call::Prefill { form, unit } => Answer::of(self.session()?.prefill(&form, &unit).await?),
            Call::Create(new) => Answer::of(self.session()?.create(new).await?),
            Call::Edit(edit) => Answer::of(self.session()?.edit(edit).await?),
            Call::Resolve { record, heads, path, choice } => {
                Answer::of(self.session()?.resolve(record, &heads, &path, choice).await?)
            }
            Call::Withdraw { record, reason } => Answer::of(self.session()?.withdraw(record, reason.as_deref()).await?),
            Call::MoveTo { record, unit, reason } => Answer::of(self.session()?.move_to(record, &unit, &reason).await?),
            Call::SameAs { record, other, same } => Answer::of(self.session()?.same_as(record, other, same).await?),
            Call::Query(list) => Answer::of(self.session()?.list(&list).await?),
            Call::Record { record } => Answer::of(self.session()?.record(record).await?),
            Call::WantedUnits {} => Answer::of(self.session()?.wanted_units().await?),
            Call::WantUnits { units } => Answer::of(self.session()?.want_units(units.as_deref()).await?),
            Call::RecordAt { record, heads } => Answer::of(self.session()?.record_at(record, &heads).await?),
            Call::GiveUp { changes } => Answer::of(self.session()?.give_up(&changes).await?),
            Call::HeldRecord { record } => Answer::of(self.session()?.held_record(record).await?),
            Call::History { record } => Answer::of(self.session()?.history(record).await?),
            Call::Drafts {} => Answer::of(self.session()?.drafts().await?),
            Call::KeepDraft { draft } => Answer::of(self.session()?.keep_draft(draft).await?),
            Call::DropDraft { draft } => Answer::of(self.session()?.drop_draft(&draft).await?),
            Call::Attention {} => Answer::of(self.session()?.attention().await?),
            Call::Notices {} => Answer::of(self.session()?.notices().await?),
            Call::Seen { notice } => Answer::of(self.session()?.seen(&notice).await?),
            Call::Summary {} => Answer::of(self.session()?.summary().await?),
            Call::Deadlines {} => Answer::of(self.session()?.deadlines().await?),
            Call::Targets { from, to, on } => Answer::of(self.session()?.targets(from, to, on).await?),
            Call::Rollup { measure } => Answer::of(self.session()?.rollup(measure.as_deref()).await?),
            Call::Sync { deadline_ms, pull_bytes_max } => {
                let session = self.session()?;
                let synced = session.sync(deadline_ms, pull_bytes_max).await;
                // That the store is gone says more than that the line was.
                session.obey(&mut *self.people().await?).await?;
                session.read_ahead();
                Answer::of(synced?)
            }
            Call::Token { fresh } => Answer::of(self.session()?.token(fresh).await?),
            Call::ExportBundle {} => Ok(Answer::Bytes(self.session()?.export_bundle().await?)),
            Call::ExportForAdministrator {} => Ok(Answer::Bytes(self.session()?.export_for_administrator().await?)),
            Call::ImportBundle {} => Answer::of(self.session()?.import_bundle(&bytes).await?),
            Call::Wipe {} => Answer::of(self.session()?.wipe(&mut *self.people().await?).await?),
        }
    }

    fn session(&self) -> Result<Rc<Session>, Problem> {
        self.session.borrow().clone().ok_or_else(|| Problem::of_code("closed"))
    }

    /// The list of people, opened when it is first needed.
    async fn people(&self) -> Result<MappedMutexGuard<'_, Option<People>, People>, Problem> {
        let mut people = self.people.lock().await;
        if people.is_none() {
            *people = Some(People::open(&self.databases).await?);
        }
        Ok(MutexGuard::map(people, |people| people.as_mut().expect("it was opened a line above, and is locked")))
    }

    /// Makes a place for somebody: the store with its device first, then the entry that makes it theirs. Whatever was
    /// half made when the browser was closed holds nothing typed and is taken away at the next start.
    async fn enrol(&self, invitation: &str, name: &str, device: &str, pin: Option<&str>) -> Result<Me, Problem> {
        let invited = Invitation::parse(invitation).map_err(ReplicaError::from)?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            let detail = format!("a name has 1 to {NAME_CHARS_MAX} characters");
            return Err(Problem::of_code_with("invalid_name", detail));
        }
        let mut entropy = entropy();
        let id = new_id();
        let data_key = DataKey::random(&mut entropy);
        let keys = BrowserKey::random();
        let vault = Vault::create(&id, &data_key, pin, PinCost::STANDARD, &keys, &mut entropy)?;
        let entry = Entry::new(name, invited.campaign.as_str(), &invited.origin, &keys, &vault);
        let mut people = self.people().await?;
        let mut seed = Zeroizing::new([0; 32]);
        entropy(seed.as_mut_slice());
        let store = open_store(&self.databases, &id, &data_key).await?;
        drop(Replica::prepare(store, invitation, device, *seed).await?);
        people.keep(&id, &entry).await?;
        drop(people);
        self.begin(&id, name, data_key).await?.me().await
    }

    /// Opens somebody's store, and obeys what was decided about the device before and could not be done then.
    async fn unlock(&self, person: &str, pin: Option<&str>) -> Result<Me, Problem> {
        let (name, key) = {
            let people = &mut *self.people().await?;
            (people.entry(person)?.name, vault::unlock(people, person, pin).await?)
        };
        let open = self.session.borrow().clone().filter(|session| session.person == person);
        let session = match open {
            // It is what it was: to read it anew would take its time.
            Some(session) if session.is_open().await => session,
            _ => self.begin(person, &name, key).await?,
        };
        session.obey(&mut *self.people().await?).await?;
        session.me().await
    }

    /// Somebody's store is open from here on, and no other.
    async fn begin(&self, person: &str, name: &str, key: DataKey) -> Result<Rc<Session>, Problem> {
        self.lock().await;
        let session = Session::open(&self.databases, person, name, key).await?;
        *self.session.borrow_mut() = Some(Rc::clone(&session));
        session.read_ahead();
        Ok(session)
    }

    async fn lock(&self) {
        let session = self.session.borrow_mut().take();
        if let Some(session) = session {
            session.close().await;
        }
    }

    /// Takes somebody off the list whose store was wiped, or is open and was never of a campaign: nothing could be typed there.
    async fn remove(&self, person: &str) -> Result<(), Problem> {
        let open = self.session.borrow().clone().filter(|session| session.person == person);
        let people = &mut *self.people().await?;
        if let Some(session) = open
            && people.entry(person)?.wiped.is_none()
            && session.never_joined().await?
        {
            session.end(people, "never joined").await?;
            *self.session.borrow_mut() = None;
        }
        match people.entry(person)?.wiped {
            Some(_) => people.remove(person).await,
            None => Err(Problem::of_code("unsent_work")),
        }
    }
}

fn invited(invitation: &str) -> Result<Invited, Problem> {
    let invited = Invitation::parse(invitation).map_err(ReplicaError::from)?;
    Ok(Invited { campaign: invited.campaign.to_string(), origin: invited.origin })
}

fn new_id() -> String {
    let mut bytes = [0; 16];
    entropy()(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
