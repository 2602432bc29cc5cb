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

use super::packet::{Beams, Lanes, NOWHERE, RAYS};

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

/// Nearest wall of a convex room: two halves of the walls side by side, because each wall waits for the one before.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn nearest_of_walls(beams: &mut Beams, walls: &[Wall]) {
    let Beams {
        at,
        towards,
        leg,
        face,
        normal,
    } = beams;
    let (first, second) = walls.split_at(walls.len().div_ceil(2));
    let (mut a, mut b) = (Met::NOTHING, Met::NOTHING);
    for (here, there) in first.iter().zip(second) {
        a.look(here, at, towards);
        b.look(there, at, towards);
    }
    for rest in &first[second.len()..] {
        a.look(rest, at, towards);
    }
    for ray in 0..RAYS {
        let nearer = b.way[ray] * a.speed[ray] < a.way[ray] * b.speed[ray];
        let way = if nearer { b.way[ray] } else { a.way[ray] };
        let speed = if nearer { b.speed[ray] } else { a.speed[ray] };
        leg[ray] = way / speed;
        face[ray] = if nearer { b.face[ray] } else { a.face[ray] };
        for k in 0..3 {
            normal[k][ray] = if nearer {
                b.normal[k][ray]
            } else {
                a.normal[k][ray]
            };
        }
    }
}

/// What rays meet first among some walls: distance, speed towards it, face and normal.
#[derive(Clone, Copy)]
struct Met {
    way: Lanes,
    speed: Lanes,
    face: [u32; RAYS],
    normal: [Lanes; 3],
}

impl Met {
    const NOTHING: Self = Self {
        way: [1.0; RAYS],
        speed: [0.0; RAYS],
        face: [NOWHERE; RAYS],
        normal: [[0.0; RAYS]; 3],
    };

    /// Takes a wall where it is nearer.
    #[inline(always)]
    fn look(&mut self, wall: &Wall, at: &[Lanes; 3], towards: &[Lanes; 3]) {
        let [a, b, c] = wall.normal;
        let (offset, number) = (wall.offset, wall.face);
        let old = *self;
        for ray in 0..RAYS {
            let v = -(a * towards[0][ray] + b * towards[1][ray] + c * towards[2][ray]);
            let to_wall = a * at[0][ray] + b * at[1][ray] + c * at[2][ray] - offset;
            let to_wall = if to_wall > 0.0 { to_wall } else { 0.0 };
            let nearer = (v > STEEP) & (to_wall * old.speed[ray] < old.way[ray] * v);
            self.way[ray] = if nearer { to_wall } else { old.way[ray] };
            self.speed[ray] = if nearer { v } else { old.speed[ray] };
            self.face[ray] = if nearer { number } else { old.face[ray] };
            self.normal[0][ray] = if nearer { a } else { old.normal[0][ray] };
            self.normal[1][ray] = if nearer { b } else { old.normal[1][ray] };
            self.normal[2][ray] = if nearer { c } else { old.normal[2][ray] };
        }
    }
}

/// Rays that move away from a wall more slowly than this, a metre, are along it: rounding must not let a ray meet
/// the wall that it has just left.
pub(crate) const STEEP: f32 = 1e-7;
