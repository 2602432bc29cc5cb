//! Energies of rays and histograms, a row of octaves at a time: loads and stores of whole vectors, no gathering.

use multiversion::multiversion;

use super::packet::{Lanes, RAYS};
use super::surfaces::Surface;

/// A row of octaves.
pub(crate) type Row<const B: usize> = [f32; B];

/// Probability of a diffuse reflection of each ray: the scattering that its own energies see on average.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn chances<const B: usize>(
    energy: &[Row<B>; RAYS],
    surface: &[u32; RAYS],
    surfaces: &[Surface<B>],
    chance: &mut Lanes,
) {
    for ray in 0..RAYS {
        let scattering = &surfaces[surface[ray] as usize].scattering;
        let (mut sum, mut all) = (0.0_f32, 0.0_f32);
        for b in 0..B {
            all += energy[ray][b];
            sum += energy[ray][b] * scattering[b];
        }
        chance[ray] = sum / if all > 0.0 { all } else { 1.0 };
    }
}

/// Energies that leave the surfaces scattered.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn scatter<const B: usize>(
    energy: &[Row<B>; RAYS],
    surface: &[u32; RAYS],
    surfaces: &[Surface<B>],
    scattered: &mut [Row<B>; RAYS],
) {
    for ray in 0..RAYS {
        let share = &surfaces[surface[ray] as usize].scattered;
        for b in 0..B {
            scattered[ray][b] = energy[ray][b] * share[b];
        }
    }
}

/// Energies after a reflection whose chance of being diffuse was the surface's own coefficient.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn reflect<const B: usize>(
    energy: &mut [Row<B>; RAYS],
    surface: &[u32; RAYS],
    surfaces: &[Surface<B>],
) {
    for ray in 0..RAYS {
        let share = &surfaces[surface[ray] as usize].reflected;
        for b in 0..B {
            energy[ray][b] *= share[b];
        }
    }
}

/// Energies after a reflection that was drawn with `chance`: what each octave has more or less of it than was drawn
/// becomes a weight.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn reflect_weighted<const B: usize>(
    energy: &mut [Row<B>; RAYS],
    surface: &[u32; RAYS],
    surfaces: &[Surface<B>],
    chance: &Lanes,
    diffuse: &[bool; RAYS],
) {
    for ray in 0..RAYS {
        let own = &surfaces[surface[ray] as usize];
        // One is drawn below its chance, the other at or above it: neither denominator is 0.
        let (slope, rest, drawn) = if diffuse[ray] {
            (1.0, 0.0, chance[ray])
        } else {
            (-1.0, 1.0, 1.0 - chance[ray])
        };
        let weight = 1.0 / drawn;
        for b in 0..B {
            let share = (rest + slope * own.scattering[b]) * weight;
            energy[ray][b] *= own.reflected[b] * share;
        }
    }
}

/// Adds a row of every ray, with its weight, to a row of a histogram.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn add<const B: usize>(
    rows: &mut [Row<B>],
    bins: &[u32; RAYS],
    weights: &Lanes,
    from: &[Row<B>; RAYS],
) {
    for ray in 0..RAYS {
        let row = &mut rows[bins[ray] as usize];
        let weight = weights[ray];
        for b in 0..B {
            row[b] += weight * from[ray][b];
        }
    }
}
