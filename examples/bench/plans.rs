//! Whole commands of the real engine: an apply, a plan of no change and a destroy of many objects.

use plugin_host::engine::Engine;

use crate::page::{Table, median};
use crate::project::{ORGANIZATION, Project, Taken, emulator};
use crate::subject::{MEMORY, NONE, Subject};

/// How many objects, in how many rounds, and with how many plans in each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) objects: usize,
    rounds: usize,
    plans: usize,
}

/// The size after which the other tables come.
pub(crate) const MIDDLE: usize = 1_000;
pub(crate) const QUICK: [Size; 2] =
    [Size { objects: 1, rounds: 3, plans: 1 }, Size { objects: 100, rounds: 3, plans: 1 }];
pub(crate) const FULL: [Size; 3] = [
    Size { objects: 1, rounds: 5, plans: 3 },
    Size { objects: 100, rounds: 3, plans: 3 },
    Size { objects: MIDDLE, rounds: 2, plans: 3 },
];

/// Objects that a state is written of.
pub(crate) const VAST: usize = 10_000;

/// Templates to read, and endpoints of other configurations in the list of the API.
const TEMPLATES: usize = 1_000;
const LISTED: [usize; 3] = [1_000, 10_000, 100_000];

/// A figure of a command: its name, where it is, and the digits that mean something.
type Figure = (&'static str, fn(&Taken) -> f64, usize);

const SECONDS: Figure = ("s", |taken| taken.seconds, 3);
const PROCESSOR: Figure = ("processor time of the provider, s", |taken| taken.processor, 2);
const RESIDENT: Figure = ("resident at most, MiB", |taken| taken.resident, 1);
const CALLS: Figure = ("calls of the API", |taken| f64::from(taken.calls), 0);

/// The commands of a round.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Plan,
    Apply,
    Destroy,
}

const STEPS: [(Step, &str); 3] =
    [(Step::Plan, "plan of no change"), (Step::Apply, "apply that creates all"), (Step::Destroy, "destroy")];

/// What each command takes with so many objects.
pub(crate) fn measure(subjects: &[Subject], size: Size) -> anyhow::Result<Table> {
    let engine = Engine::find()?;
    let caption =
        format!("{engine}, `-parallelism=10`, an API without delay; medians of {} rounds", size.rounds);
    let mut table = Table::new(caption, subjects);
    let taken = rounds(subjects, size)?;
    for (step, label) in STEPS {
        let of_step = |all: &Vec<(Step, Taken)>| -> Vec<Taken> {
            all.iter().filter(|(one, _)| *one == step).map(|(_, taken)| *taken).collect()
        };
        let taken: Vec<_> = taken.iter().map(of_step).collect();
        add(&mut table, label, &taken, &[SECONDS, PROCESSOR, RESIDENT, CALLS]);
    }
    Ok(table)
}

/// Rows of medians.
fn add(table: &mut Table, label: &str, taken: &[Vec<Taken>], figures: &[Figure]) {
    for (what, figure, digits) in figures {
        let middle = |one: &Vec<Taken>| median(&mut one.iter().map(figure).collect::<Vec<_>>());
        table.row(&format!("{label}, {what}"), taken.iter().map(middle), *digits);
    }
}

/// What each subject took, in turns.
fn rounds(subjects: &[Subject], size: Size) -> anyhow::Result<Vec<Vec<(Step, Taken)>>> {
    let turso = emulator(size.objects)?;
    let mut all = vec![Vec::new(); subjects.len()];
    for _ in 0..size.rounds {
        for (subject, taken) in subjects.iter().zip(&mut all) {
            if size.objects > subject.most {
                continue;
            }
            let project = Project::new(subject, &turso, size.objects, 0, None)?;
            taken.push((Step::Apply, project.apply()?));
            for _ in 0..size.plans {
                taken.push((Step::Plan, project.plan()?));
            }
            taken.push((Step::Destroy, project.destroy()?));
        }
    }
    Ok(all)
}

/// What a plan takes that finds very many objects in the state. To apply anything to as many takes Terraform alone some
/// minutes, and to create or destroy all of them, whose time grows with the square, half an hour.
pub(crate) fn vast(subjects: &[Subject]) -> anyhow::Result<Table> {
    let caption = format!(
        "{}, `-parallelism=10`, an API without delay; one round. The state is written, not applied: to create all of them \
         takes Terraform alone half an hour. Go is left out: it would list all with each object",
        Engine::find()?
    );
    let mut table = Table::new(caption, subjects);
    let run = |subject: &Subject| -> anyhow::Result<Vec<Taken>> {
        if VAST > subject.most {
            return Ok(Vec::new());
        }
        let turso = emulator(VAST)?;
        let project = Project::new(subject, &turso, 1, 0, None)?;
        project.apply()?;
        project.multiply(VAST)?;
        Ok(vec![project.plan()?])
    };
    let taken = subjects.iter().map(run).collect::<anyhow::Result<Vec<_>>>()?;
    add(&mut table, "plan of no change", &taken, &[SECONDS, PROCESSOR, RESIDENT, CALLS]);
    Ok(table)
}

/// Data sources that ask for a template each.
pub(crate) fn templates(subjects: &[Subject]) -> anyhow::Result<Table> {
    let turso = emulator(0)?;
    let mut taken = vec![Vec::new(); subjects.len()];
    for _ in 0..3 {
        for (subject, taken) in subjects.iter().zip(&mut taken) {
            if subject.data_source.is_some() {
                taken.push(Project::new(subject, &turso, 0, TEMPLATES, None)?.plan()?);
            }
        }
    }
    let mut table = Table::new("a plan that reads each once; medians".to_owned(), subjects);
    add(&mut table, &format!("{TEMPLATES} templates"), &taken, &[SECONDS, PROCESSOR, RESIDENT, CALLS]);
    Ok(table)
}

/// One endpoint in the configuration, and many in the organization.
pub(crate) fn long_lists(subjects: &[Subject]) -> anyhow::Result<Table> {
    let caption = "a plan of one endpoint in an organization that has many; medians".to_owned();
    let mut table = Table::new(caption, subjects);
    for listed in LISTED {
        let turso = emulator(listed + 1)?;
        for number in 0..listed {
            let url = format!("https://{number}.example.com/jwks.json");
            turso.put_endpoint(ORGANIZATION, &format!("other-{number}"), &url)?;
        }
        let plans = |subject: &Subject| -> anyhow::Result<Vec<Taken>> {
            if [NONE, MEMORY].contains(&subject.label) {
                return Ok(Vec::new());
            }
            let project = Project::new(subject, &turso, 1, 0, None)?;
            project.apply()?;
            let plans = (0..3).map(|_| project.plan()).collect();
            project.destroy()?;
            plans
        };
        let taken = subjects.iter().map(plans).collect::<anyhow::Result<Vec<_>>>()?;
        add(&mut table, &format!("{listed} listed"), &taken, &[SECONDS, PROCESSOR, RESIDENT]);
    }
    Ok(table)
}
