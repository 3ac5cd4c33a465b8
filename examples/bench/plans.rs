//! Whole commands of the real engine: an apply, a plan of no change and a destroy of many objects.

use anyhow::{Context as _, bail};
use plugin_host::engine::Engine;

use crate::page::{Table, median};
use crate::project::{ORGANIZATION, Project, Taken, emulator};
use crate::subject::{MEMORY, NONE, OURS, Subject};

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
    Size { objects: 100, rounds: 5, plans: 3 },
    Size { objects: MIDDLE, rounds: 3, plans: 5 },
];

/// Odd, so that one is in the middle.
const PAIRS: usize = 25;

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

/// What each subject took, in turns: a step of all before the next, so that whatever slows the machine meets them alike.
fn rounds(subjects: &[Subject], size: Size) -> anyhow::Result<Vec<Vec<(Step, Taken)>>> {
    // They save endpoints of the same names.
    let emulators = subjects.iter().map(|_| emulator(size.objects)).collect::<anyhow::Result<Vec<_>>>()?;
    let project = |(subject, turso): (&Subject, _)| match size.objects > subject.most {
        true => Ok(None),
        false => Project::new(subject, turso, size.objects, 0, None).map(Some),
    };
    let projects = subjects.iter().zip(&emulators).map(project).collect::<anyhow::Result<Vec<_>>>()?;
    let mut all = vec![Vec::new(); subjects.len()];
    let plans = std::iter::repeat_n(Step::Plan, size.plans);
    let round: Vec<_> = [Step::Apply].into_iter().chain(plans).chain([Step::Destroy]).collect();
    for step in std::iter::repeat_n(round, size.rounds).flatten() {
        for (project, taken) in projects.iter().zip(&mut all) {
            let Some(project) = project else { continue };
            let took = match step {
                Step::Apply => project.apply(),
                Step::Plan => project.plan(),
                Step::Destroy => project.destroy(),
            };
            taken.push((step, took?));
        }
    }
    Ok(all)
}

/// A plan of no change, of this provider and the null provider alone: in pairs, each of them first in every second. What
/// slows a machine for a second is in both, so that their ratio says more than that of two medians.
pub(crate) fn pairs(subjects: &[Subject]) -> anyhow::Result<Table> {
    let two = [MEMORY, OURS].map(|label| subjects.iter().find(|subject| subject.label == label));
    let [Some(memory), Some(ours)] = two else { bail!("one of the two is missing") };
    let turso = emulator(MIDDLE)?;
    let project = |subject| Project::new(subject, &turso, MIDDLE, 0, None);
    let projects = [project(memory)?, project(ours)?];
    for project in &projects {
        project.apply()?;
    }
    let mut pairs = Vec::new();
    for number in 0..PAIRS {
        let mut pair = [0.0; 2];
        for which in [number % 2, (number + 1) % 2] {
            pair[which] = projects[which].plan()?.seconds;
        }
        pairs.push(pair);
    }
    let middle = |figure: fn(&[f64; 2]) -> f64| median(&mut pairs.iter().map(figure).collect::<Vec<_>>());
    let ratio = middle(|[memory, ours]| ours / memory).context("there are pairs")?;
    let caption = format!(
        "{}, `-parallelism=10`; medians of {PAIRS} pairs. The median of their ratios is {ratio:.3}",
        Engine::find()?
    );
    let mut table = Table::new(caption, subjects);
    let figures = subjects.iter().map(|subject| match subject.label {
        MEMORY => middle(|[memory, _]| *memory),
        OURS => middle(|[_, ours]| *ours),
        _ => None,
    });
    table.row_alone("plan of no change, s", figures, 3);
    Ok(table)
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
