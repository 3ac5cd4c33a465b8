//! Notes on boards: a provider with one resource and one ephemeral resource, on `framework` and `plugin` alone.
//!
//! There is no server behind it. What another provider would ask its API, this one takes from the state, because a host
//! starts a new process for each step of its work. `framework`'s documentation has the same resource with memory.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use framework::{
    Applied, Complaint, Diagnostic, Diagnostics, DynEphemeralResource, DynResource, EphemeralResource, Field,
    Lookup, Managed, Model as _, Opened, Private, Provider, Resource, Secret, path,
};
use plugin::Plugin;

framework::model! {
    /// Notes on boards.
    struct Block, Config {
        /// A key, as the ephemeral resource `board_key` gives it.
        key: Option<Secret> = optional(),
    }
}

framework::model! {
    /// A note on a board.
    struct Note, PlannedNote {
        /// The board. Another board means another note.
        board: String = required().replaces(),
        /// What the note says.
        text: String = required().check(not_blank),
        /// What to find it by.
        labels: Option<Vec<String>> = optional().check_each(not_blank),
        /// The number of the note.
        id: String = computed().keeps_prior(),
    }
}

framework::model! {
    /// A key to a board, which fits for as long as one command runs.
    struct Key, KeyConfig {
        /// The board.
        board: String = required(),
        /// The key.
        secret: Secret = computed(),
    }
}

fn not_blank(text: &str) -> Result<(), Complaint> {
    let blank = || Complaint::new("Blank text", "Write something that can be read.");
    if text.trim().is_empty() { Err(blank()) } else { Ok(()) }
}

struct NoteResource;

impl Resource for NoteResource {
    type State = Note;

    fn type_name(&self) -> &'static str {
        "board_note"
    }

    async fn create(&self, planned: PlannedNote, _: &mut Private) -> Applied<Note> {
        let id = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string();
        written(PlannedNote { id: Field::Known(id), ..planned }, None)
    }

    async fn update(&self, prior: Note, planned: PlannedNote, _: &mut Private) -> Applied<Note> {
        written(planned, Some(prior))
    }

    async fn delete(&self, _: Note, _: &Private) -> Result<(), Diagnostics> {
        Ok(())
    }

    async fn read(&self, state: Note, _: &mut Private) -> Result<Lookup<Note>, Diagnostics> {
        Ok(Lookup::Found(state))
    }
}

fn written(planned: PlannedNote, prior: Option<Note>) -> Applied<Note> {
    match Note::settled(planned) {
        Ok(note) => Applied::done(note),
        Err(errors) => Applied::Failed { remains: prior, errors },
    }
}

struct KeyResource;

impl EphemeralResource for KeyResource {
    type State = Key;

    fn type_name(&self) -> &'static str {
        "board_key"
    }

    async fn open(&self, config: KeyConfig) -> Result<Opened<Key>, Diagnostics> {
        let board = config.board.settled("board")?;
        let secret = Secret::new(format!("key to {board}"));
        Ok(Opened::new(Key { board, secret }))
    }
}

struct Board;

impl Provider for Board {
    type Block = Block;

    fn configure(&self, block: Config) -> Diagnostics {
        match block.key.known() {
            Some(key) if !key.expose().starts_with("key to ") => {
                let wrong = Diagnostic::error("Wrong key", "It opens no board. Take one from a board_key.");
                wrong.at(path!(Block.key)).into()
            }
            _ => Diagnostics::none(),
        }
    }

    fn resources(&self) -> Vec<Box<dyn DynResource>> {
        vec![Box::new(Managed::new(NoteResource))]
    }

    fn ephemeral_resources(&self) -> Vec<Box<dyn DynEphemeralResource>> {
        vec![Box::new(KeyResource)]
    }
}

const PLUGIN: Plugin = Plugin {
    name: "terraform-provider-board",
    source_address: "example/board",
    version: "0.1.0",
    build: "an example",
    log_targets: &[],
};

fn main() -> ExitCode {
    plugin::serve(&PLUGIN, || Board)
}
