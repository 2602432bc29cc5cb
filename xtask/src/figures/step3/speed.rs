//! Speed against pyroomacoustics: the same cases in the same run, each program in processes of its own.

use std::path::Path;
use std::process::Command;

use crate::TaskError;
use crate::figures::Section;
use crate::markdown::Table;

use super::cases::{Case, Race, all, classroom_in_octaves, hall};
use super::peer::{Peer, VERSION};
use super::task::{Outcome, Task, answer};

/// Times that both take their turn at a case; the best counts.
const TURNS: usize = 2;

/// Seconds of repetitions in a turn.
const SECONDS: f64 = 1.5;

/// Fewest repetitions in a turn.
const LEAST: usize = 3;

/// Repetitions of what is timed on two threads.
const ON_TWO: usize = 5;

/// Takes both tables.
///
/// # Errors
/// When pyroomacoustics cannot be installed, or one of the programs fails.
pub(super) fn sections(root: &Path) -> Result<Vec<Section>, TaskError> {
    let peer = Peer::installed(root)?;
    Ok(vec![races(&peer)?, two_threads(&peer)?])
}

fn races(peer: &Peer) -> Result<Section, TaskError> {
    let mut table = Table::new(&[
        "case",
        "pyroomacoustics ms",
        "ours ms",
        "ratio",
        "goal",
        "images, theirs / ours",
        "samples, theirs / ours",
        "memory, theirs / ours (goal), MiB",
    ]);
    for race in all(&peer.pairs()?) {
        let [theirs, ours] = raced(peer, &race.case)?;
        table.row(&cells(&race, theirs, ours))?;
    }
    Ok(Section {
        title: format!("Speed against pyroomacoustics {VERSION}"),
        method: format!(
            "Processor time of one case on one thread, the best of at least {LEAST} repetitions and {SECONDS} s in \
             each of {TURNS} turns that the programs take after each other, each in a process of its own after one \
             run that is not counted. Both are given the same JSON and do what a user asks of them: room, images, \
             rays, responses; ours are `SceneBuilder` and `simulate`, which makes the energies of all octaves, \
             formulas and cautions besides. Responses end with the last image, those of S5 after 3 s. Flat cases have \
             one octave, the others eight from 63 Hz. S6 is the time of all 100 responses. Theirs follow rays of S5 \
             for 3 s and to 1e-7 of their energy, ours for 3 s and to 1e-9. Theirs count images of S4 whose path runs \
             through an edge more than once. Memory is the growth of the largest resident set."
        ),
        table,
    })
}

fn cells(race: &Race, theirs: Outcome, ours: Outcome) -> [String; 8] {
    let ratio = theirs.cpu_ms / ours.cpu_ms;
    let missed = if ratio < race.goal { " MISSED" } else { "" };
    let memory = race.growth_mib.map_or_else(
        || "-".to_owned(),
        |goal| {
            let grown = if ours.growth_mib > goal {
                " MISSED"
            } else {
                ""
            };
            format!(
                "{:.0} / {:.0} ({goal:.0}){grown}",
                theirs.growth_mib, ours.growth_mib
            )
        },
    );
    [
        race.name.to_owned(),
        format!("{:.2}", theirs.cpu_ms),
        format!("{:.3}", ours.cpu_ms),
        format!("x{ratio:.1}{missed}"),
        format!("x{:.0}", race.goal),
        format!("{} / {}", theirs.images, ours.images),
        format!("{} / {}", theirs.samples, ours.samples),
        memory,
    ]
}

/// Theirs and ours on one thread, by turns.
fn raced(peer: &Peer, case: &Case) -> Result<[Outcome; 2], TaskError> {
    let task = Task {
        seconds: SECONDS,
        least: LEAST,
        case: case.clone(),
    };
    let turn = || Ok::<_, TaskError>([peer.timed(&task, 1)?, ours(&task, 1)?]);
    let mut best = turn()?;
    for _ in 1..TURNS {
        let [theirs, own] = turn()?;
        best = [best[0].best(theirs), best[1].best(own)];
    }
    Ok(best)
}

/// Ours in a process of its own.
fn ours(task: &Task, threads: usize) -> Result<Outcome, TaskError> {
    let mut command = Command::new(std::env::current_exe()?);
    let input = serde_json::to_string(task)?;
    answer(command.args(["time-case", &threads.to_string()]), &input)
}

fn two_threads(peer: &Peer) -> Result<Section, TaskError> {
    let mut table = Table::new(&[
        "case",
        "pyroomacoustics: one, two threads ms",
        "gain",
        "ours: one, two threads ms",
        "gain",
        "goal",
    ]);
    for (name, case) in [
        ("S2 octave, 4 receivers", classroom_in_octaves()),
        ("S5 hybrid hall, 10k rays", hall(10_000)),
        ("S5 hybrid hall, 100k rays", hall(100_000)),
    ] {
        let task = Task {
            seconds: 0.0,
            least: ON_TWO,
            case,
        };
        let theirs = [peer.timed(&task, 1)?.wall_ms, peer.timed(&task, 2)?.wall_ms];
        let own = [ours(&task, 1)?.wall_ms, ours(&task, 2)?.wall_ms];
        let gain = |ms: [f64; 2]| ms[0] / ms[1];
        let missed = if gain(own) < 1.8 { " MISSED" } else { "" };
        table.row(&[
            name.to_owned(),
            format!("{:.1}, {:.1}", theirs[0], theirs[1]),
            format!("x{:.2}", gain(theirs)),
            format!("{:.2}, {:.2}", own[0], own[1]),
            format!("x{:.2}{missed}", gain(own)),
            "x1.8".to_owned(),
        ])?;
    }
    Ok(Section {
        title: "Two threads".to_owned(),
        method: format!(
            "Time by the clock, the best of {ON_TWO} on one thread and of {ON_TWO} on two."
        ),
        table,
    })
}
