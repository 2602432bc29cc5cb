//! Image sources as a table: what reached each microphone by mirrors, as far as the simulation followed it.
//!
//! The simulation stores no images, so that they are searched once more. Amplitudes are those of the whole reflected
//! pressure, whether or not rays carried a scattered part of it. Ways around edges are counted in the document only.

use contract::simulation::SimulationDocument;
use room_simulation::{
    BeamLimits, BeamTree, Limits, Method, Pair, PerOctave, Polyhedron, Reflected, Scene, Shape,
    Shoebox, ShoeboxImages, Simulation, Watch as _,
};
use simulation::request::Request;

use super::follow::Follower;
use super::interrupted;
use crate::exit::Failure;

/// Most rows of a table: about 300 MB.
const ROWS_MAX: usize = 1_000_000;

/// Beams of a source that are kept while paths are searched.
const NODES_MAX: usize = 4_000_000;

/// Order among faces where the engine says none.
const ORDER: u32 = 4;

/// The table, by pair, then by distance.
///
/// # Errors
/// More rows than allowed, or a signal to stop.
pub(super) fn csv(
    request: &Request,
    found: &Simulation,
    document: &SimulationDocument,
    follower: &Follower,
) -> Result<String, Failure> {
    let rows: u64 = found.pairs.iter().map(|pair| pair.images).sum();
    if rows > ROWS_MAX as u64 {
        return Err(Failure::usage(format!(
            "--images: there are {rows} image sources, at most {ROWS_MAX} are listed; lower --horizon-s, or take \
             --method ism with a lower --max-order"
        )));
    }
    let mut table = Table::new(document);
    let scene = &request.scene;
    match scene.shape() {
        Shape::Shoebox(shoebox) => {
            table.head("x0,x1,y0,y1,z0,z1");
            for (place, pair) in found.pairs.iter().enumerate() {
                follower.go_on().map_err(|_| interrupted())?;
                let Some(images) = ShoeboxImages::new(scene, pair.source, pair.receiver) else {
                    continue;
                };
                let limits = limits(request, found, pair);
                table.boxed(place, shoebox, &images, limits);
            }
        }
        Shape::Polyhedron(room) => {
            table.head("faces");
            let mut grown: Option<(usize, BeamTree<'_>)> = None;
            for (place, pair) in found.pairs.iter().enumerate() {
                follower.go_on().map_err(|_| interrupted())?;
                let Some(ends) = scene.ends(pair.source, pair.receiver, Reflected::Whole) else {
                    continue;
                };
                let tree = match grown.take().filter(|(source, _)| *source == pair.source) {
                    Some((_, tree)) => tree,
                    None => grow(room, ends.source_m(), found, follower)?,
                };
                table.paths(place, scene, &tree.paths(&ends));
                grown = Some((pair.source, tree));
            }
        }
    }
    Ok(table.text)
}

/// How far the images of a pair in a box were walked.
fn limits(request: &Request, found: &Simulation, pair: &Pair) -> Limits {
    let speed_m_s = request.scene.speed_of_sound_m_s();
    let complete_m = pair.complete_until_s.unwrap_or_default() * speed_m_s;
    match (found.used.method, found.used.max_order) {
        (Method::Rays, _) => Limits::order(0),
        (Method::ImageSources, Some(order)) => {
            let order = order as usize;
            let horizon_s = found.used.horizon_s.or(request.plan.horizon_s);
            horizon_s.map_or(Limits::order(order), |time_s| {
                Limits::order_and_path_m(order, time_s * speed_m_s)
            })
        }
        (Method::ImageSources | Method::Hybrid, _) => Limits::path_m(complete_m),
    }
}

fn grow<'a>(
    room: &'a Polyhedron,
    source_m: [f64; 3],
    found: &Simulation,
    follower: &Follower,
) -> Result<BeamTree<'a>, Failure> {
    let order = match found.used.method {
        Method::Rays => 0,
        Method::ImageSources | Method::Hybrid => found.used.max_order.unwrap_or(ORDER),
    };
    let limits = BeamLimits {
        max_order: order as usize,
        nodes_max: NODES_MAX,
    };
    let stop = || follower.stopped();
    BeamTree::grow(room, source_m, limits, &stop).ok_or_else(interrupted)
}

/// Rows as they are written.
struct Table<'a> {
    document: &'a SimulationDocument,
    text: String,
}

impl<'a> Table<'a> {
    const fn new(document: &'a SimulationDocument) -> Self {
        Self {
            document,
            text: String::new(),
        }
    }

    fn head(&mut self, last: &str) {
        self.text = format!(
            "source_id,receiver_id,order,distance_m,delay_s,x_m,y_m,z_m{},{last}\r\n",
            bands("amplitude", self.document)
        );
    }

    fn boxed(&mut self, place: usize, shoebox: &Shoebox, images: &ShoeboxImages, limits: Limits) {
        let origin = shoebox.origin_m.to_array();
        for image in images.list(limits) {
            let at: [f64; 3] = core::array::from_fn(|axis| origin[axis] + image.position_m[axis]);
            self.row(place, image.order, image.distance_m, at, &image.amplitudes);
            for hits in image.hits {
                self.add(format_args!(",{hits}"));
            }
            self.text.push_str("\r\n");
        }
    }

    fn paths(&mut self, place: usize, scene: &Scene, paths: &[room_simulation::ImagePath]) {
        for path in paths {
            self.row(
                place,
                path.order,
                path.distance_m,
                path.position_m,
                &path.amplitude,
            );
            let names = path.faces.iter().map(|face| scene.face_name(*face));
            let names: Vec<&str> = names.map(Option::unwrap_or_default).collect();
            self.add(format_args!(",{}\r\n", quoted(&names.join(" > "))));
        }
    }

    fn row(
        &mut self,
        place: usize,
        order: usize,
        distance_m: f64,
        at: [f64; 3],
        amplitudes: &PerOctave,
    ) {
        let document = self.document;
        let Some(pair) = document.pairs.get(place) else {
            return;
        };
        let delay_s = distance_m / document.speed_of_sound_m_s;
        let [x, y, z] = at;
        self.add(format_args!(
            "{},{},{order},{distance_m},{delay_s},{x},{y},{z}",
            quoted(&pair.source_id),
            quoted(&pair.receiver_id)
        ));
        for amplitude in amplitudes.values() {
            self.add(format_args!(",{amplitude}"));
        }
    }

    fn add(&mut self, part: std::fmt::Arguments<'_>) {
        self.text.push_str(&part.to_string());
    }
}

/// A column for each octave, such as `,amplitude_63_hz`.
pub(super) fn bands(quantity: &str, document: &SimulationDocument) -> String {
    let each = document
        .bands_hz
        .iter()
        .map(|hz| format!(",{quantity}_{hz}_hz"));
    each.collect()
}

/// A text as a cell: in quotes where it has to be (RFC 4180).
pub(super) fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_hold_commas_stay_one_cell() {
        assert_eq!(quoted("a"), "a");
        assert_eq!(quoted("a, \"b\""), "\"a, \"\"b\"\"\"");
    }
}
