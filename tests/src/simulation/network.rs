//! Requests and answers, and what becomes of them.

use dongbo_core::change::SignedChange;
use dongbo_core::{
    outside::Moment,
    replica::{Progress, ReplicaError},
    sync::{Admitted, FeedItem, Nonce, SyncRequest, SyncResponse},
};
use dongbo_server::hub::{HubError, SyncCall};

use super::{Check, Finding, Plant, fleet::Fleet, hostile::Forgery, stored};
use crate::world::now;

/// Rounds of one sync before it is said never to end.
const ROUNDS_MAX: usize = 2_000;

/// A request on its way.
struct Call {
    phone: usize,
    body: Vec<u8>,
    forged: Vec<Forgery>,
    /// The planted bug: a change that is acknowledged although the hub never saw it.
    stolen: Option<Vec<u8>>,
}

/// What became of a round.
enum Round {
    More(Progress),
    Done(Progress),
    Broken,
}

impl Fleet {
    /// A phone synchronises, for as long as the network lasts.
    pub(super) fn sync_for_a_while(&mut self, at: usize) -> Result<(), Finding> {
        let rounds = if self.faults && self.random.chance(30) { 1 + self.random.below(3) } else { ROUNDS_MAX };
        self.sync(at, rounds).map(|_| ())
    }

    /// At most so many rounds. `None`: it was cut off.
    pub(super) fn sync(&mut self, at: usize, rounds: usize) -> Result<Option<Progress>, Finding> {
        if !self.open_session(at)? {
            return Ok(None);
        }
        self.phones[at].replica_mut().begin_sync();
        let mut total = Progress::default();
        for _ in 0..rounds {
            let (progress, more) = match self.round(at)? {
                Round::Broken => return Ok(None),
                Round::More(progress) => (progress, true),
                Round::Done(progress) => (progress, false),
            };
            total.admitted += progress.admitted;
            total.held += progress.held;
            total.received += progress.received;
            total.dropped += progress.dropped;
            total.statements += progress.statements;
            if !more {
                self.unheard.retain(|phone| *phone != at);
                self.trace(|| format!("{} synchronised: {total:?}", self.phones[at].name));
                return Ok(Some(total));
            }
        }
        if rounds == ROUNDS_MAX {
            let detail = format!("a sync of {} does not come to an end", self.phones[at].name);
            return Err(Finding::new(Check::Settles, detail));
        }
        Ok(None)
    }

    fn open_session(&mut self, at: usize) -> Result<bool, Finding> {
        let works = |e: String| Finding::new(Check::Works, format!("a session cannot be opened: {e}"));
        let now_ms = self.now_ms;
        let mut random = self.random.clone();
        let nonce = self.hub().nonce(&mut Moment::new(now_ms, &mut random));
        self.random = random;
        let nonce = Nonce::from_bytes(&nonce).map_err(|e| works(e.to_string()))?;
        let request = self.phones[at].replica().session_request(&nonce.nonce).map_err(|e| works(e.to_string()))?;
        match now(self.hub_mut().session(&request, now_ms)) {
            Ok(_) => Ok(true),
            Err(HubError::Store(_)) => Ok(false),
            Err(error) => Err(works(error.to_string())),
        }
    }

    /// One request and its answer, if they arrive.
    fn round(&mut self, at: usize) -> Result<Round, Finding> {
        let call = self.call_of(at)?;
        if self.faults {
            self.maybe_fail_hub();
            self.maybe_fail_phone(at);
            match self.random.below(100) {
                0..4 => {
                    self.trace(|| format!("a request of {} is lost", self.phones[at].name));
                    return Ok(Round::Broken);
                }
                4..7 => {
                    self.late.push((at, call.body));
                    return Ok(Round::Broken);
                }
                7..10 => {
                    // The same request arrives twice; the first answer goes nowhere.
                    self.answer(&[(at, &call.body)]);
                }
                _ => {}
            }
        }
        // Others' requests share the commit.
        let mut calls = vec![call];
        if self.faults && self.random.chance(10) {
            let other = self.random.below(self.phones.len());
            if other != at {
                self.phones[other].replica_mut().begin_sync();
                calls.push(self.call_of(other)?);
            }
        }
        let group: Vec<(usize, &[u8])> = calls.iter().map(|call| (call.phone, call.body.as_slice())).collect();
        let answers = self.answer(&group);
        let mut own = Round::Broken;
        for (call, answer) in calls.iter().zip(answers) {
            let round = self.deliver(call, answer)?;
            if call.phone == at {
                own = round;
            }
        }
        Ok(own)
    }

    fn call_of(&mut self, at: usize) -> Result<Call, Finding> {
        let works = |e: String| Finding::new(Check::Works, format!("no request can be made: {e}"));
        let body = self.phones[at].replica().sync_request().map_err(|e| works(e.to_string()))?;
        let mut request = SyncRequest::from_bytes(&body).map_err(|e| works(e.to_string()))?;
        request.bytes_max = self.phones[at].page_bytes;
        let mut forged = Vec::new();
        if self.faults && self.phones[at].hostile && self.random.chance(50) {
            let genuine = stored::changes(self.hub_changes_of_others(at)).pop();
            forged = self.forge(at, genuine.as_ref().map(SignedChange::bytes));
            let place = self.random.below(request.changes.len() + 1);
            for forgery in &forged {
                request.changes.insert(place, forgery.bytes.clone().into());
            }
        }
        let mut stolen = None;
        if self.step > self.options.steps / 2 && !request.changes.is_empty() && self.plants(Plant::AcknowledgeEarly) {
            stolen = request.changes.pop().map(Vec::from);
        }
        Ok(Call { phone: at, body: request.to_bytes(), forged, stolen })
    }

    /// A phone of somebody else, whose changes the liar has got hold of.
    fn hub_changes_of_others(&mut self, at: usize) -> &dongbo_core::store::MemoryStore {
        let other = (at + 1 + self.random.below(self.phones.len() - 1)) % self.phones.len();
        self.phones[other].disk()
    }

    /// The hub answers a group of requests.
    fn answer(&mut self, group: &[(usize, &[u8])]) -> Vec<Result<Vec<u8>, HubError>> {
        let calls: Vec<SyncCall<'_>> =
            group.iter().map(|(phone, body)| SyncCall { device: self.phones[*phone].device, body }).collect();
        let now_ms = self.now_ms;
        now(self.hub_mut().sync(&calls, now_ms))
    }

    /// A request arrives that its sender has long given up.
    pub(super) fn late_request(&mut self) -> Result<(), Finding> {
        if self.late.is_empty() {
            return Ok(());
        }
        let (at, body) = self.late.remove(self.random.below(self.late.len()));
        self.trace(|| format!("a late request of {} arrives", self.phones[at].name));
        for answer in self.answer(&[(at, &body)]).into_iter().flatten() {
            self.inspect(at, &answer)?;
        }
        Ok(())
    }

    fn deliver(&mut self, call: &Call, answer: Result<Vec<u8>, HubError>) -> Result<Round, Finding> {
        let at = call.phone;
        let works = |what: &str, e: String| Finding::new(Check::Works, format!("{what}: {e}"));
        let received = match answer {
            Ok(body) => {
                let body = self.tamper(call, body)?;
                let response = self.inspect(at, &body)?;
                Self::check_refusals(&call.forged, &response)?;
                if call.forged.iter().any(|forgery| forgery.copied) {
                    // The liar sent what its replica knows nothing of; the hub takes that for its own.
                    return Ok(Round::Broken);
                }
                if self.faults && self.random.chance(5) {
                    self.trace(|| format!("an answer to {} is lost", self.phones[at].name));
                    return Ok(Round::Broken);
                }
                self.phones[at].read_to = (self.hub().epoch(), self.hub().head());
                now(self.phones[at].replica_mut().receive_sync(&body))
            }
            Err(HubError::Store(error)) => {
                self.trace(|| format!("the hub cannot store a request of {}: {error}", self.phones[at].name));
                if self.random.chance(50) {
                    self.end_hub()?;
                }
                return Ok(Round::Broken);
            }
            Err(error @ (HubError::EpochChanged(_) | HubError::InvalidCursor)) => {
                self.trace(|| format!("{} is told: {error}", self.phones[at].name));
                let more = Progress { more: true, ..Progress::default() };
                now(self.phones[at].replica_mut().receive_problem(&error.problem())).map(|()| more)
            }
            Err(error) => return Err(works("the hub refuses a whole request", error.to_string())),
        };
        match received {
            Ok(progress) if progress.more => Ok(Round::More(progress)),
            Ok(progress) => Ok(Round::Done(progress)),
            Err(ReplicaError::Store(error)) => {
                self.trace(|| format!("{} cannot store an answer: {error}", self.phones[at].name));
                if self.random.chance(60) {
                    self.end_program(at)?;
                }
                Ok(Round::Broken)
            }
            Err(error) => Err(works("an answer cannot be taken in", error.to_string())),
        }
    }

    /// Notes what an answer promises and looks at what it shows.
    fn inspect(&mut self, at: usize, body: &[u8]) -> Result<SyncResponse, Finding> {
        let response = SyncResponse::from_bytes(body)
            .map_err(|e| Finding::new(Check::Works, format!("an answer cannot be read: {e}")))?;
        for admitted in &response.admitted {
            self.witness.acknowledged.entry((admitted.record, admitted.hash)).or_default();
        }
        self.check_served(at, &response)?;
        Ok(response)
    }

    /// Puts planted bugs into an answer.
    fn tamper(&mut self, call: &Call, body: Vec<u8>) -> Result<Vec<u8>, Finding> {
        if self.options.plant.is_none() {
            return Ok(body);
        }
        let mut response = SyncResponse::from_bytes(&body)
            .map_err(|e| Finding::new(Check::Works, format!("an answer cannot be read: {e}")))?;
        let acknowledge = |signed: &SignedChange, now_ms| Admitted {
            record: signed.record(),
            hash: signed.hash(),
            sequence: 1,
            received_ms: now_ms,
            is_final: true,
        };
        if let Some(signed) = call.stolen.as_ref().and_then(|bytes| SignedChange::open(bytes).ok()) {
            response.admitted.push(acknowledge(&signed, self.now_ms));
        }
        if self.options.plant == Some(Plant::AdmitForgery)
            && let Some(signed) = call.forged.iter().find_map(|forgery| SignedChange::open(&forgery.bytes).ok())
        {
            response.refused.retain(|refused| refused.hash != signed.hash());
            response.admitted.push(acknowledge(&signed, self.now_ms));
        }
        if self.options.plant == Some(Plant::ServeOutside) && !self.planted {
            let outside = stored::ledger(self.hub_disk())
                .into_iter()
                .find(|(_, entry)| entry.record.is_some() && !self.may_see(call.phone, entry));
            if let Some((sequence, entry)) = outside {
                self.planted = true;
                let (change, received_ms) = (entry.bytes, entry.received_ms);
                response.changes.push(FeedItem { change, received_ms, sequence, is_final: true });
            }
        }
        Ok(response.to_bytes())
    }
}
