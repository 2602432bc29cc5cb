//! Ambisonic receivers: every degree has the energy of channel 0, early and late, in all rooms.

use room_simulation::{Ambisonics, Directivity, Method, Pickup, Plan, Scene};

use crate::{builder, golden, patch, plan, run, walls};

/// Both rooms of the golden box with an ambisonic receiver beside the single one.
fn rooms(scattering: f64) -> [(&'static str, Scene); 2] {
    let case = golden("horizon/h01_room");
    let whole = builder(&case, scattering).receiver(
        "b",
        [3.6173, 1.0931, 1.7411],
        Pickup::Ambisonic(Ambisonics::Second),
    );
    let faces = whole
        .clone()
        .patch(patch("floor", walls(&case, scattering)[4]));
    [
        ("box", whole.build().unwrap()),
        ("faces", faces.build().unwrap()),
    ]
}

#[test]
fn every_degree_has_the_energy_of_channel_0() {
    for (name, scene) in [0.0, 0.4].into_iter().flat_map(rooms) {
        // Low down all images of channel 0 add up and those of the others do not.
        let above = Plan {
            high_pass_hz: Some(3_000.0),
            ..plan(Method::Hybrid, None)
        };
        let simulation = run(&scene, &above);
        let channels = &simulation.pairs[1].channels;
        assert_eq!(channels.len(), 9);
        assert!(
            channels.iter().all(|c| c.len() == channels[0].len()),
            "{name}"
        );
        let late = 1_600..channels[0].len().min(6_400);
        for (part, allowed) in [(0..1_600, 0.25), (late, 0.15)] {
            let energy = |channel: usize| {
                let samples = channels[channel][part.clone()].iter();
                samples.map(|x| f64::from(*x).powi(2)).sum::<f64>()
            };
            let whole = energy(0);
            for degree in [1..4, 4..9] {
                // The squares of a degree add up to one in every arrival; where pulses overlap, on average only.
                let ratio = degree.clone().map(energy).sum::<f64>() / whole;
                assert!(
                    (ratio - 1.0).abs() < allowed,
                    "{name} {part:?} {degree:?}: {ratio}"
                );
            }
        }
    }
}

#[test]
fn receivers_and_sources_have_tails_of_their_own() {
    let case = golden("horizon/h01_room");
    let scene = builder(&case, 0.4)
        .source("other", [3.9, 3.1, 0.8], Directivity::Omnidirectional)
        .receiver("other", [3.6173, 1.0931, 1.7411], crate::EAR)
        .build()
        .unwrap();
    let simulation = run(&scene, &plan(Method::Hybrid, None));
    let late: Vec<Vec<f64>> = simulation
        .pairs
        .iter()
        .map(|p| {
            p.channels[0][3_200..4_800]
                .iter()
                .map(|x| f64::from(*x))
                .collect()
        })
        .collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    for (i, a) in late.iter().enumerate() {
        for b in &late[i + 1..] {
            let likeness = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
            assert!(likeness.abs() < 0.2, "{likeness}");
        }
    }
}
