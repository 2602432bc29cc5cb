//! Doors and windows: rectangles of the wall they belong to, the nearest one.

use serde_json::{Value, json};

use super::furniture::{Piece, UNNOTICED_M};
use super::outline::Outline;
use super::{Collected, short};

/// Farthest that a door or window may stand from its wall, in metres.
const REACH_M: f64 = 0.5;

/// Patches of the plain form.
#[derive(Default)]
pub(super) struct Laid {
    patches: Vec<Value>,
    /// Side, and ends along it and upwards, of each.
    taken: Vec<(usize, [[f64; 2]; 2])>,
}

impl Laid {
    /// Lays a door or window on its wall; one that has none, or whose place is taken, is left out with a warning.
    pub(super) fn lay(
        &mut self,
        kind: &str,
        piece: &Piece,
        outline: &Outline,
        way: &[Value],
        out: &mut Collected,
    ) {
        let Some((side, [from, to], corners)) = on_wall(piece, outline) else {
            let why = format!("stands more than {REACH_M} m from every wall");
            return left_out(kind, piece, &why, out);
        };
        let area = [[from, to], piece.heights];
        let overlaps = |(other, taken): &(usize, [[f64; 2]; 2])| {
            *other == side && (0..2).all(|i| area[i][0] < taken[i][1] && taken[i][0] < area[i][1])
        };
        if self.taken.iter().any(overlaps) {
            return left_out(kind, piece, "overlaps another one", out);
        }
        cut(kind, piece, [from, to], out);
        let place = vec![json!("patches"), json!(self.patches.len())];
        out.origins.note(place, way.to_vec());
        let material = if kind == "window" {
            "glass"
        } else {
            "wood_panel"
        };
        self.patches.push(json!({
            "name": piece.name,
            "face": format!("wall {}", side + 1),
            "corners_m": corners,
            "material": material,
        }));
        self.taken.push((side, area));
    }

    pub(super) fn finish(self, out: &mut Collected) {
        if !self.patches.is_empty() {
            out.put("patches", self.patches.into());
        }
    }
}

/// The nearest side, the ends along it, and the corners of the rectangle.
fn on_wall(piece: &Piece, outline: &Outline) -> Option<(usize, [f64; 2], [[f64; 3]; 4])> {
    let [x, y] = piece.middle;
    let near = |(side, (a, b)): (usize, ([f64; 2], [f64; 2]))| {
        let long = (b[0] - a[0]).hypot(b[1] - a[1]);
        let [dx, dy] = [(b[0] - a[0]) / long, (b[1] - a[1]) / long];
        let along = dx * (x - a[0]) + dy * (y - a[1]);
        let foot = along.clamp(0.0, long);
        let off = (a[0] + foot * dx - x).hypot(a[1] + foot * dy - y);
        (off, side, a, [dx, dy], along, long)
    };
    let all = outline.sides().enumerate().map(near);
    let (off, side, a, [dx, dy], along, long) = all.min_by(|p, q| p.0.total_cmp(&q.0))?;
    let half = 0.5 * piece.sides[0];
    let (from, to) = ((along - half).max(0.0), (along + half).min(long));
    if off > REACH_M || to <= from {
        return None;
    }
    let at = |way: f64, height: f64| [a[0] + way * dx, a[1] + way * dy, height];
    let [bottom, top] = piece.heights;
    let corners = [at(from, bottom), at(to, bottom), at(to, top), at(from, top)];
    Some((side, [from, to], corners))
}

/// What of a door or window reaches beyond its wall is cut off, and that is said.
fn cut(kind: &str, piece: &Piece, [from, to]: [f64; 2], out: &mut Collected) {
    let (width_m, height_m) = (piece.sides[0] - (to - from), piece.cut_m);
    if width_m.max(height_m) <= UNNOTICED_M {
        return;
    }
    let name = short(&piece.name);
    out.warn(
        "OPENING_CUT",
        format!(
            "the {kind} \"{name}\" reaches beyond its wall; {width_m:.2} m of its width and {height_m:.2} m of its \
             height are cut off"
        ),
        "move it, or make it smaller",
        json!({ "name": name, "outside_m": [width_m, height_m] }),
    );
}

fn left_out(kind: &str, piece: &Piece, why: &str, out: &mut Collected) {
    let name = short(&piece.name);
    out.warn(
        "OPENING_LEFT_OUT",
        format!("the {kind} \"{name}\" {why} and is left out"),
        "place it on a wall, apart from others",
        json!({ "name": name }),
    );
}
