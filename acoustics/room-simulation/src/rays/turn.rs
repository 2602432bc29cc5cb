//! Where a ray goes after a reflection: as from a mirror, or by Lambert's cosine law, as a number drawn decides.
//!
//! A direction by Lambert's law is the normal plus a point of the unit sphere, made long one.

use multiversion::multiversion;

use super::packet::{Beams, Lanes, RAYS};
use super::random::{number, of_bounce};

/// Turns all rays; `chance` is the probability of a diffuse reflection. Marks which reflections were diffuse, and
/// counts reflections, and those of a mirror as long as there are no others.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn turn(
    beams: &mut Beams,
    key: &[[u32; RAYS]; 2],
    bounce: &mut [u32; RAYS],
    chance: &Lanes,
    diffuse: &mut [u32; RAYS],
    mirrored: &mut [i32; RAYS],
) {
    let Beams {
        towards, normal, ..
    } = beams;
    for ray in 0..RAYS {
        let word = of_bounce([key[0][ray], key[1][ray]], bounce[ray]);
        bounce[ray] += 1;
        let [nx, ny, nz] = [normal[0][ray], normal[1][ray], normal[2][ray]];
        let [dx, dy, dz] = [towards[0][ray], towards[1][ray], towards[2][ray]];
        let twice = 2.0 * (nx * dx + ny * dy + nz * dz);
        let mirror = [dx - twice * nx, dy - twice * ny, dz - twice * nz];
        // One step towards length 1: rounding of a thousand reflections must not add up.
        let square = mirror[0] * mirror[0] + mirror[1] * mirror[1] + mirror[2] * mirror[2];
        let to_one = 1.5 - 0.5 * square;

        let z = 2.0 * number(word, 1) - 1.0;
        let across = 1.0 - z * z;
        let across = if across > 0.0 { across.sqrt() } else { 0.0 };
        let (sin, cos) = circle(number(word, 2) - 0.5);
        let lambert = [nx + across * cos, ny + across * sin, nz + z];
        let long = lambert[0] * lambert[0] + lambert[1] * lambert[1] + lambert[2] * lambert[2];
        let turned_back = long < 1e-6;
        let one = 1.0 / if turned_back { 1.0 } else { long.sqrt() };

        let draw = number(word, 0) < chance[ray];
        diffuse[ray] = u32::from(draw);
        let so_far = mirrored[ray];
        let next = if so_far < 0 { -1 } else { so_far + 1 };
        mirrored[ray] = if draw { -1 } else { next };
        let bent = [nx, ny, nz];
        for axis in 0..3 {
            let l = if turned_back {
                bent[axis]
            } else {
                lambert[axis] * one
            };
            towards[axis][ray] = if draw { l } else { mirror[axis] * to_one };
        }
    }
}

/// Sine and cosine of 2 pi `share`, |share| <= 1/2, to 1e-6: series of the half angle, doubled.
#[inline]
fn circle(share: f32) -> (f32, f32) {
    let h = core::f32::consts::PI * share;
    let q = h * h;
    let s = 2.755_731_9e-6 + q * -2.505_210_8e-8;
    let s = -1.984_127e-4 + q * s;
    let s = 8.333_333e-3 + q * s;
    let s = -0.166_666_67 + q * s;
    let s = h + h * q * s;
    let c = -2.755_731_9e-7 + q * 2.087_675_7e-9;
    let c = 2.480_158_7e-5 + q * c;
    let c = -1.388_888_9e-3 + q * c;
    let c = 4.166_666_7e-2 + q * c;
    let c = -0.5 + q * c;
    let c = 1.0 + q * c;
    (2.0 * s * c, 1.0 - 2.0 * s * s)
}

#[cfg(test)]
mod tests {
    use super::super::random;
    use super::*;

    #[test]
    fn the_circle_is_round() {
        for k in -500_i16..=500 {
            let share = f32::from(k) / 1000.0;
            let (sin, cos) = circle(share);
            let angle = f64::from(share) * core::f64::consts::TAU;
            assert!((f64::from(sin) - angle.sin()).abs() < 2e-6, "{share}");
            assert!((f64::from(cos) - angle.cos()).abs() < 2e-6, "{share}");
        }
    }

    #[test]
    fn diffuse_reflections_follow_the_cosine_and_others_the_mirror() {
        let mut beams = Beams::default();
        let (mut sum, mut square) = (0.0, 0.0);
        let packets = 4000;
        for bounce in 0..packets {
            beams.towards = [[0.6; RAYS], [0.0; RAYS], [-0.8; RAYS]];
            beams.normal = [[0.0; RAYS], [0.0; RAYS], [1.0; RAYS]];
            let keys: [[u32; 2]; RAYS] =
                core::array::from_fn(|ray| random::key(1, 0, u32::try_from(ray).unwrap()));
            let key = [0, 1].map(|k| keys.map(|key| key[k]));
            let (mut diffuse, mut mirrored) = ([0; RAYS], [0; RAYS]);
            let always = [1.0; RAYS];
            turn(
                &mut beams,
                &key,
                &mut [bounce; RAYS],
                &always,
                &mut diffuse,
                &mut mirrored,
            );
            assert!(diffuse.iter().all(|d| *d == 1) && mirrored[5] == -1);
            for ray in 0..RAYS {
                let cosine = f64::from(beams.towards[2][ray]);
                sum += cosine;
                square += cosine * cosine;
            }
            beams.towards = [[0.6; RAYS], [0.0; RAYS], [-0.8; RAYS]];
            mirrored[3] = 7;
            turn(
                &mut beams,
                &key,
                &mut [bounce; RAYS],
                &[0.0; RAYS],
                &mut diffuse,
                &mut mirrored,
            );
            assert!((beams.towards[2][3] - 0.8).abs() < 1e-6 && diffuse[3] == 0);
            assert!(mirrored[3] == 8 && mirrored[4] == -1);
        }
        let n = f64::from(packets) * RAYS as f64;
        // Density 2 cos: mean 2/3, mean square 1/2; four standard errors.
        assert!((sum / n - 2.0 / 3.0).abs() < 4.0 * (1.0 / 18.0 / n).sqrt());
        assert!((square / n - 0.5).abs() < 4.0 * (1.0 / 12.0 / n).sqrt());
    }
}
