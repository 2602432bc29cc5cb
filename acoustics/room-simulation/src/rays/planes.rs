//! The first wall of a convex, empty room: no polygon is ever tested, the nearest plane is the wall.
//!
//! Each plane is met at distance / speed. Fractions are compared by multiplying crosswise, so that there is one
//! division a ray and not one a plane. A ray that rounding put behind a wall has distance 0 to it: it is reflected
//! there and cannot leave.

#![expect(
    clippy::needless_bitwise_bool,
    reason = "lanes compute both sides; a branch would undo the vector"
)]

use multiversion::multiversion;

use super::packet::{Beams, NOWHERE, RAYS};

/// A wall that fills its side of a convex room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wall {
    /// Normal into the room.
    pub(crate) normal: [f32; 3],
    /// Normal times any of its points.
    pub(crate) offset: f32,
    /// Its face.
    pub(crate) face: u32,
}

/// Nearest wall of a box with corners at 0 and `size`; faces are counted x0 x1 y0 y1 z0 z1.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn nearest_of_box(beams: &mut Beams, size: &[f32; 3]) {
    let Beams {
        at,
        towards,
        leg,
        face,
        normal,
    } = beams;
    for ray in 0..RAYS {
        let (mut way, mut speed, mut met) = (1.0_f32, 0.0_f32, NOWHERE);
        let mut n = [0.0_f32; 3];
        for axis in 0..3 {
            let d = towards[axis][ray];
            let up = d > 0.0;
            let x = at[axis][ray];
            let to_wall = if up { size[axis] - x } else { x };
            let to_wall = if to_wall > 0.0 { to_wall } else { 0.0 };
            let v = d.abs();
            let nearer = to_wall * speed < way * v;
            way = if nearer { to_wall } else { way };
            speed = if nearer { v } else { speed };
            #[expect(clippy::cast_possible_truncation, reason = "three axes")]
            let wall = 2 * axis as u32 + u32::from(up);
            met = if nearer { wall } else { met };
            let own = if up { -1.0 } else { 1.0 };
            for (k, component) in n.iter_mut().enumerate() {
                let here = if k == axis { own } else { 0.0 };
                *component = if nearer { here } else { *component };
            }
        }
        leg[ray] = way / speed;
        face[ray] = met;
        for k in 0..3 {
            normal[k][ray] = n[k];
        }
    }
}

/// Nearest wall of a convex room.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn nearest_of_walls(beams: &mut Beams, walls: &[Wall]) {
    let Beams {
        at,
        towards,
        leg,
        face,
        normal,
    } = beams;
    let mut way = [1.0_f32; RAYS];
    let mut speed = [0.0_f32; RAYS];
    let mut met = [NOWHERE; RAYS];
    let mut n = [[0.0_f32; RAYS]; 3];
    for wall in walls {
        let [a, b, c] = wall.normal;
        let (offset, number) = (wall.offset, wall.face);
        let (old_way, old_speed, old_met, old_n) = (way, speed, met, n);
        for ray in 0..RAYS {
            let v = -(a * towards[0][ray] + b * towards[1][ray] + c * towards[2][ray]);
            let to_wall = a * at[0][ray] + b * at[1][ray] + c * at[2][ray] - offset;
            let to_wall = if to_wall > 0.0 { to_wall } else { 0.0 };
            let nearer = (v > STEEP) & (to_wall * old_speed[ray] < old_way[ray] * v);
            way[ray] = if nearer { to_wall } else { old_way[ray] };
            speed[ray] = if nearer { v } else { old_speed[ray] };
            met[ray] = if nearer { number } else { old_met[ray] };
            n[0][ray] = if nearer { a } else { old_n[0][ray] };
            n[1][ray] = if nearer { b } else { old_n[1][ray] };
            n[2][ray] = if nearer { c } else { old_n[2][ray] };
        }
    }
    for ray in 0..RAYS {
        leg[ray] = way[ray] / speed[ray];
    }
    *face = met;
    *normal = n;
}

/// Rays that move away from a wall more slowly than this, a metre, are along it: rounding must not let a ray meet
/// the wall that it has just left.
pub(crate) const STEEP: f32 = 1e-7;
