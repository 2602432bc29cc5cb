//! Our side of a speed case, in a process of its own: scene and `simulate`, as a user calls them.

use std::hint::black_box;
use std::time::Duration;

use rayon::ThreadPoolBuilder;
use room_dsp::SampleRate;
use room_simulation::{
    Air, Atmosphere, Directivity, Material, Method, Octaves, PerOctave, Plan, Rays, Room, Scene,
    SceneBuilder, Unwatched, simulate,
};
use rustix::time::{ClockId, clock_gettime};

use crate::TaskError;
use crate::figures::server::now;

use super::cases::{Case, Ends, Shape};
use super::rooms::{EAR, built};
use super::task::{Outcome, Task};

/// Octaves that the lists of a case are of.
const GIVEN_HZ: [f64; 6] = [125., 250., 500., 1000., 2000., 4000.];

/// Octaves of a case in octaves.
const ALL_HZ: [f64; 8] = [63., 125., 250., 500., 1000., 2000., 4000., 8000.];

/// Runs a task on so many threads and tells what it took.
///
/// # Errors
/// When a scene cannot be built.
pub(super) fn timed(task: &Task, threads: usize) -> Result<Outcome, TaskError> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(|| repeated(task))
}

/// Repeats a task and tells the least that it took. Called on the pool, because the time of the calling thread is
/// counted at once, that of another only when the kernel comes to it.
fn repeated(task: &Task) -> Result<Outcome, TaskError> {
    let before_kib = peak_kib()?;
    let (images, samples) = task.case.run()?;
    let begun = now();
    let (mut cpu, mut wall): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    while cpu.len() < task.least || begun.elapsed().as_secs_f64() < task.seconds {
        let (from, from_cpu) = (now(), processor_time());
        black_box(task.case.run()?);
        cpu.push(1e3 * processor_time().saturating_sub(from_cpu).as_secs_f64());
        wall.push(1e3 * from.elapsed().as_secs_f64());
    }
    let least = |all: &[f64]| all.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(Outcome {
        cpu_ms: least(&cpu),
        wall_ms: least(&wall),
        images,
        samples,
        growth_mib: (peak_kib()? - before_kib) / 1024.0,
    })
}

impl Case {
    /// All rooms; images of all pairs, and samples of the longest response.
    fn run(&self) -> Result<(u64, usize), TaskError> {
        let plan = self.plan()?;
        let (mut images, mut samples) = (0, 0);
        for ends in &self.rooms {
            let found = simulate(&self.scene(ends)?, &plan, &Unwatched)?;
            for pair in black_box(&found.pairs) {
                images += pair.images;
                samples = samples.max(pair.channels[0].len());
            }
        }
        Ok((images, samples))
    }

    fn plan(&self) -> Result<Plan, TaskError> {
        let plan = Plan {
            max_order: Some(self.max_order),
            receiver_radius_m: 0.5,
            duration_s: self.duration_s,
            ..Plan::new(SampleRate::new(self.rate_hz)?)
        };
        Ok(match self.rays {
            None => Plan {
                method: Method::ImageSources,
                ..plan
            },
            Some(count) => Plan {
                method: Method::Hybrid,
                rays: Rays::Count(count),
                ..plan
            },
        })
    }

    fn scene(&self, ends: &Ends) -> Result<Scene, TaskError> {
        let in_octaves = self.air || self.absorption.iter().any(|wall| wall.len() > 1);
        let octaves = Octaves::from_centres(if in_octaves { &ALL_HZ } else { &[1000.0] })?;
        let given = Octaves::from_centres(&GIVEN_HZ)?;
        let list = |values: &[f64]| match values {
            [one] => PerOctave::flat(given, *one),
            all => PerOctave::from_fn(given, |k| all[k]),
        };
        let material =
            |wall: &Vec<f64>| Material::new(octaves, &list(wall), &list(&self.scattering));
        let room = match &self.room {
            Shape::Box(size_m) => Room::Shoebox {
                size_m: *size_m,
                walls: core::array::from_fn(|wall| material(&self.absorption[wall])),
            },
            Shape::Plan {
                corners_m,
                height_m,
            } => {
                let material = material(&self.absorption[0]);
                Room::Extruded {
                    corners_m: corners_m.clone(),
                    height_m: *height_m,
                    walls: vec![material],
                    floor: material,
                    ceiling: material,
                }
            }
        };
        let air = if self.air {
            Atmosphere::Absorbing(Air::default())
        } else {
            Atmosphere::Lossless(Air::default())
        };
        let mut builder = SceneBuilder::new(room, octaves)
            .air(air)
            .speed_of_sound(343.0);
        for (number, source) in ends.sources.iter().enumerate() {
            let omni = Directivity::Omnidirectional;
            builder = builder.source(&format!("s{number}"), *source, omni);
        }
        for (number, receiver) in ends.receivers.iter().enumerate() {
            builder = builder.receiver(&format!("r{number}"), *receiver, EAR);
        }
        built(builder)
    }
}

/// Processor time of this process, all threads.
fn processor_time() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(spent.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(spent.tv_nsec.unsigned_abs())
}

/// The most memory that was ever resident, in KiB.
fn peak_kib() -> Result<f64, TaskError> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().next());
    Ok(kib.ok_or("no VmHWM in the process status")?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::super::cases::all;

    /// pyroomacoustics finds as many, but for 238 of the L: it counts a path through an edge more than once.
    #[test]
    fn a_case_has_the_images_of_its_order() {
        let races = all(&vec![[[1.0; 3], [2.0; 3]]; 100]);
        let images = |name: &str| {
            let race = races.iter().find(|r| r.name == name).unwrap();
            race.case.run().unwrap().0
        };
        assert_eq!(images("S1 flat"), 2_625);
        assert_eq!(images("S1 octave + air"), 2_625);
        assert_eq!(images("S4 polygon, order 6"), 236);
    }
}
