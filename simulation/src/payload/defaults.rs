//! Where a source and a microphone stand if nobody says (rule 13): a quarter and three quarters of the way across.

use serde_json::{Map, Value, json};

use super::furniture::Piece;
use super::outline::Outline;

/// Shares of the way from the centroid that are tried.
const SHARES: [f64; 6] = [1.0, 0.75, 0.5, 0.25, 0.1, 0.0];
/// Nearest to floor and ceiling, in metres.
const CLEAR_M: f64 = 0.05;
/// Share of the bounds that stays clear where even the centroid is outside, and its least, in metres.
const MARGIN: (f64, f64) = (0.01, 0.01);

/// The default source (`src`) or microphone of the plain form.
pub(super) fn of(
    prefix: &str,
    outline: &Outline,
    height_m: f64,
    plain: &Map<String, Value>,
) -> Value {
    let (share, height): (f64, f64) = if prefix == "src" {
        (0.25, 1.5)
    } else {
        (0.75, 1.2)
    };
    let [low, high] = outline.bounds();
    let wanted = [0, 1].map(|axis| low[axis] + share * (high[axis] - low[axis]));
    let highest = height_m - CLEAR_M;
    let highest = if highest > 0.0 {
        highest
    } else {
        (0.5 * height_m).max(0.1)
    };
    let z = height.clamp(CLEAR_M.min(highest), highest);
    let [x, y] = inside(outline, wanted, |point| is_free(plain, point, z));
    json!({ "id": format!("{prefix}-default"), "position_m": [x, y, z] })
}

/// The first point on the way to the centroid that is inside and free of furniture; if none is free, the first inside.
fn inside(outline: &Outline, wanted: [f64; 2], is_free: impl Fn([f64; 2]) -> bool) -> [f64; 2] {
    let centre = centroid(outline);
    let at = |share: f64| [0, 1].map(|axis| centre[axis] + share * (wanted[axis] - centre[axis]));
    let within: Vec<[f64; 2]> = SHARES
        .into_iter()
        .map(at)
        .filter(|point| outline.contains(*point))
        .collect();
    let free = within.iter().find(|point| is_free(**point));
    if let Some(point) = free.or(within.first()) {
        return *point;
    }
    let [low, high] = outline.bounds();
    [0, 1].map(|axis| {
        let margin = (MARGIN.0 * (high[axis] - low[axis])).max(MARGIN.1);
        let (least, most) = (low[axis] + margin, high[axis] - margin);
        if least < most {
            wanted[axis].clamp(least, most)
        } else {
            0.5 * (low[axis] + high[axis])
        }
    })
}

fn is_free(plain: &Map<String, Value>, point: [f64; 2], z: f64) -> bool {
    let pieces = plain.get("furniture").and_then(Value::as_array);
    let holds = |piece: &Value| {
        let height = |name: &str| piece[name].as_f64().unwrap_or(0.0);
        let level = (height("bottom_m") - CLEAR_M..=height("top_m") + CLEAR_M).contains(&z);
        let corner = |c: &Value| Some([c[0].as_f64()?, c[1].as_f64()?]);
        let corners = piece["outline_m"].as_array().into_iter().flatten();
        let outline: Vec<[f64; 2]> = corners.filter_map(corner).collect();
        level && Piece::holds(&outline, point)
    };
    !pieces.into_iter().flatten().any(holds)
}

/// Centre of gravity of the area; of the corners where there is no area.
fn centroid(outline: &Outline) -> [f64; 2] {
    let mut area = 0.0;
    let mut sum = [0.0; 2];
    for (a, b) in outline.sides() {
        let cross = a[0] * b[1] - b[0] * a[1];
        area += cross;
        for axis in 0..2 {
            sum[axis] += cross * (a[axis] + b[axis]);
        }
    }
    if area.abs() < 1e-9 {
        let count = outline.corners.len() as f64;
        return [0, 1].map(|axis| outline.corners.iter().map(|c| c[axis]).sum::<f64>() / count);
    }
    sum.map(|s| s / (3.0 * area))
}
