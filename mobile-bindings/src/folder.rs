//! What lies where in the app's folder.
//!
//! ```text
//! people/{id}/profile.json   who it is, for the list of people; also that it was wiped
//! people/{id}/vault.json     the store's key, wrapped
//! people/{id}/vault.lost     a wipe was begun and has not come to its end; also `vault.left`, `vault.own`
//! people/{id}/store/         the encrypted store
//! people/{id}.new/           a person being added: holds nothing typed, removed at the next start
//! people/{id}.gone/          a person being taken off the list: removed at the next start
//! ```

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use dongbo_core::vault::Vault;
use serde::{Deserialize, Serialize};

use crate::{DongboError, Person, PersonState, clock::epoch_ms};

/// Version of `profile.json`.
const FORMAT: u32 = 1;
/// Why a store is wiped.
const REASONS: [&str; 3] = ["lost", "left", "own"];

/// Who somebody is, for the list of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    format: u32,
    pub(crate) name: String,
    pub(crate) campaign: String,
    pub(crate) hub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) wiped: Option<Wiped>,
}

/// That a store was wiped, or is being: then that is brought to its end at every start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wiped {
    pub(crate) at_ms: i64,
    pub(crate) reason: String,
}

impl Profile {
    pub(crate) fn new(name: &str, campaign: &str, hub: &str) -> Self {
        Self { format: FORMAT, name: name.into(), campaign: campaign.into(), hub: hub.into(), wiped: None }
    }

    fn read(bytes: &[u8]) -> Result<Self, DongboError> {
        let corrupt = |error: serde_json::Error| DongboError::of_code_with("vault_corrupt", error.to_string());
        let stored: serde_json::Value = serde_json::from_slice(bytes).map_err(corrupt)?;
        if stored.get("format").and_then(serde_json::Value::as_u64).is_some_and(|found| found > u64::from(FORMAT)) {
            return Err(DongboError::of_code("vault_newer"));
        }
        serde_json::from_value(stored).map_err(corrupt)
    }
}

/// The folder of the app's that holds everybody.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Opens it, or makes it. What a kill left half made or half wiped is taken away.
    pub(crate) fn open(path: &str) -> Result<Self, DongboError> {
        let folder = Self(Path::new(path).join("people"));
        fs::create_dir_all(&folder.0)?;
        for entry in fs::read_dir(&folder.0)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "new" || extension == "gone") {
                // What cannot be removed is on no list; it stands in nobody's way.
                let _ = fs::remove_dir_all(&path);
            }
        }
        Ok(folder)
    }

    /// Everybody, by name.
    pub(crate) fn people(&self) -> Result<Vec<Person>, DongboError> {
        let mut people: Vec<Person> = self.places()?.iter().map(Place::person).collect();
        people.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(people)
    }

    /// Those whose wipe was begun and has not come to its end.
    pub(crate) fn half_wiped(&self) -> Result<Vec<Place>, DongboError> {
        Ok(self.places()?.into_iter().filter(Place::half_wiped).collect())
    }

    fn places(&self) -> Result<Vec<Place>, DongboError> {
        let mut places = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let name = entry?.file_name();
            places.extend(name.to_str().and_then(|id| self.place(id).ok()));
        }
        Ok(places)
    }

    /// Where somebody's things lie.
    pub(crate) fn place(&self, id: &str) -> Result<Place, DongboError> {
        let valid = uuid::Uuid::parse_str(id).is_ok_and(|uuid| uuid.to_string() == id);
        let path = self.0.join(id);
        if valid && path.is_dir() {
            return Ok(Place { id: id.to_owned(), path });
        }
        Err(DongboError::of_code_with("unknown_person", format!("there is no person {id:?}")))
    }

    /// Begins somebody's place. Until [`Folder::settle`] it is on no list, and a start takes it away.
    pub(crate) fn begin(&self, id: &str, profile: &Profile, vault: &[u8]) -> Result<Place, DongboError> {
        let path = self.0.join(format!("{id}.new"));
        private_dir(&path)?;
        let place = Place { id: id.to_owned(), path };
        place.keep_profile(profile)?;
        place.keep_vault(vault)?;
        Ok(place)
    }

    /// Makes a place that was begun somebody's: whole, or not at all.
    pub(crate) fn settle(&self, begun: Place) -> Result<Place, DongboError> {
        let path = self.0.join(&begun.id);
        fs::rename(&begun.path, &path)?;
        sync_dir(&self.0)?;
        Ok(Place { path, ..begun })
    }
}

/// Where somebody's things lie.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) id: String,
    path: PathBuf,
}

impl Place {
    pub(crate) fn store(&self) -> PathBuf {
        self.path.join("store")
    }

    pub(crate) fn profile(&self) -> Result<Profile, DongboError> {
        Profile::read(&self.file("profile.json")?)
    }

    pub(crate) fn keep_profile(&self, profile: &Profile) -> Result<(), DongboError> {
        Ok(write(&self.path.join("profile.json"), &json(profile))?)
    }

    pub(crate) fn vault(&self) -> Result<Vec<u8>, DongboError> {
        self.file("vault.json")
    }

    /// One that is not there is as good as a damaged one; one that cannot be read now may be tried again.
    fn file(&self, name: &str) -> Result<Vec<u8>, DongboError> {
        fs::read(self.path.join(name)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => DongboError::of_code_with("vault_corrupt", error.to_string()),
            _ => error.into(),
        })
    }

    /// Keeps the vault durably: a kill leaves the old or the new one.
    pub(crate) fn keep_vault(&self, vault: &[u8]) -> io::Result<()> {
        let path = self.path.join("vault.json");
        write(&path, vault)?;
        // A wipe that was begun meanwhile took the vault that it found. This one goes too.
        if self.is_wiped() {
            fs::remove_file(path)?;
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(())
    }

    fn person(&self) -> Person {
        match self.profile() {
            Ok(profile) => Person {
                id: self.id.clone(),
                name: profile.name,
                campaign: profile.campaign,
                hub: profile.hub,
                has_pin: self.needs_pin(),
                state: match self.begun().map(|(_, wiped)| wiped).or(profile.wiped) {
                    Some(wiped) => PersonState::Wiped { at_ms: wiped.at_ms, reason: wiped.reason },
                    None => PersonState::Ready,
                },
            },
            Err(error) => Person {
                id: self.id.clone(),
                name: String::new(),
                campaign: String::new(),
                hub: String::new(),
                has_pin: false,
                state: PersonState::Unreadable { detail: error.problem().detail.clone() },
            },
        }
    }

    fn needs_pin(&self) -> bool {
        let vault = self.vault().and_then(|bytes| Ok(Vault::from_bytes(&bytes)?));
        vault.is_ok_and(|vault| vault.needs_pin())
    }

    /// Whether a wipe was begun and has not come to its end.
    fn half_wiped(&self) -> bool {
        self.begun().is_some() || (self.is_wiped() && (self.store().exists() || self.path.join("vault.json").exists()))
    }

    /// Begins a wipe, for good: the vault is named by the reason. From here on the store is not opened any more, whatever
    /// happens. Renaming takes no room, so that a full disk keeps no stolen phone readable; and what proves the wipe is a
    /// file that is there: one that is not, or cannot be read now, never does.
    pub(crate) fn begin_wipe(&self, reason: &str) -> Result<(), DongboError> {
        let vault = self.path.join("vault.json");
        let begun = vault.with_extension(reason);
        fs::rename(vault, &begun).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => File::create(begun).map(drop),
            _ => Err(error),
        })?;
        Ok(sync_dir(&self.path)?)
    }

    /// The wipe that was begun and has not come to its end, and the file that says so.
    fn begun(&self) -> Option<(PathBuf, Wiped)> {
        REASONS.into_iter().find_map(|reason| {
            let path = self.path.join("vault").with_extension(reason);
            let at_ms = epoch_ms(fs::metadata(&path).ok()?.modified().ok()?);
            Some((path, Wiped { at_ms, reason: reason.into() }))
        })
    }

    /// Whether the store was wiped, or a wipe was begun.
    pub(crate) fn is_wiped(&self) -> bool {
        self.begun().is_some() || self.profile().is_ok_and(|profile| profile.wiped.is_some())
    }

    /// Destroys the wrapped key first, without which the store is noise, then the store. Safe to repeat.
    pub(crate) fn wipe(&self, forget: impl FnOnce() -> Result<(), DongboError>) -> Result<(), DongboError> {
        if let Some((vault, _)) = self.begun() {
            let emptied = File::options().write(true).truncate(true).open(vault);
            absent(emptied.and_then(|vault| vault.sync_all()))?;
        }
        // Of a PIN that was just being changed.
        for vault in ["vault.json", "vault.tmp"] {
            absent(fs::remove_file(self.path.join(vault)))?;
        }
        sync_dir(&self.path)?;
        // A key manager that fails now keeps a key that opens nothing any more.
        let _ = forget();
        absent(fs::remove_dir_all(self.store()))?;
        sync_dir(&self.path)?;
        // Where there is no room even now, the vault's name goes on saying it.
        let _ = self.note_wiped();
        Ok(())
    }

    /// Notes in the profile what the vault's name says. One that cannot be read as a profile named nobody any more.
    fn note_wiped(&self) -> Result<(), DongboError> {
        // The start of the app and somebody who unlocks may come to the end of the same wipe at once.
        static NOTING: Mutex<()> = Mutex::new(());
        let _noting = NOTING.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((vault, wiped)) = self.begun() else { return Ok(()) };
        let mut profile = match self.profile() {
            Err(error) if error.problem().code == "vault_corrupt" => Profile::new("", "", ""),
            profile => profile?,
        };
        profile.wiped.get_or_insert(wiped);
        self.keep_profile(&profile)?;
        Ok(fs::remove_file(vault)?)
    }

    /// Takes the place away: off the list at once, whatever becomes of its files.
    pub(crate) fn remove(&self) -> Result<(), DongboError> {
        let gone = self.path.with_extension("gone");
        fs::rename(&self.path, &gone)?;
        Ok(fs::remove_dir_all(gone)?)
    }
}

fn json(profile: &Profile) -> Vec<u8> {
    serde_json::to_vec_pretty(profile).unwrap_or_default()
}

/// What is gone already needs no removing.
fn absent(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file of ours so that a kill leaves the old content or the new one.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("tmp");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Writes a file for the person, wherever they want it: whole, or not there, and for their eyes only until it is whole.
pub(crate) fn export(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut random = [0; 8];
    crate::replica::shared::entropy()(&mut random);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", hex::encode(random)));
    let written = write_new(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => sync_dir(folder),
        None => sync_dir(Path::new(".")),
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path().to_str().unwrap()).unwrap();
        (dir, folder)
    }

    const ID: &str = "7f1d3c1e-0000-4000-8000-000000000001";

    #[test]
    fn a_person_being_added_when_the_app_was_killed_is_taken_away() {
        let (dir, folder) = folder();
        folder.begin(ID, &Profile::new("Hòa", "kh244", "https://a.vn"), b"{}").unwrap();
        assert!(folder.people().unwrap().is_empty());
        let folder = Folder::open(dir.path().to_str().unwrap()).unwrap();
        assert!(folder.people().unwrap().is_empty());
        assert!(!folder.0.join(format!("{ID}.new")).exists());
    }

    #[test]
    fn a_wipe_that_was_begun_is_seen_and_brought_to_its_end() {
        let (_dir, folder) = folder();
        let profile = Profile::new("Nguyễn Thị Hòa", "kh244", "https://hub.example.vn");
        let place = folder.settle(folder.begin(ID, &profile, b"{}").unwrap()).unwrap();
        fs::create_dir(place.store()).unwrap();
        fs::write(place.path.join("vault.tmp"), b"{").unwrap();
        let state = || folder.people().unwrap().remove(0).state;
        assert_eq!(state(), PersonState::Ready);
        place.begin_wipe("lost").unwrap();
        assert!(place.half_wiped());
        assert!(matches!(state(), PersonState::Wiped { reason, .. } if reason == "lost"));
        // Somebody changes the PIN just then.
        assert!(place.keep_vault(b"{}").is_err());
        place.wipe(|| Ok(())).unwrap();
        assert!(!place.half_wiped());
        assert!(matches!(state(), PersonState::Wiped { reason, .. } if reason == "lost"));
        let left = fs::read_dir(&place.path).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["profile.json"]);
        assert!(place.keep_vault(b"{}").is_err());
        assert!(!place.path.join("vault.json").exists());
    }

    #[test]
    fn nonsense_ids_lead_nowhere_and_an_unreadable_profile_is_shown() {
        let (_dir, folder) = folder();
        for id in ["", "..", "../people", "x", &ID.to_uppercase()] {
            assert_eq!(folder.place(id).unwrap_err().problem().code, "unknown_person", "{id}");
        }
        let profile = Profile::new("Hòa", "kh244", "https://a.vn");
        let place = folder.settle(folder.begin(ID, &profile, b"{}").unwrap()).unwrap();
        for (bytes, code) in [(&b"{"[..], "vault_corrupt"), (br#"{"format": 2}"#, "vault_newer")] {
            fs::write(place.path.join("profile.json"), bytes).unwrap();
            assert_eq!(place.profile().unwrap_err().problem().code, code);
            let [person] = folder.people().unwrap().try_into().unwrap();
            assert!(matches!(person.state, PersonState::Unreadable { .. }));
        }
    }
}
