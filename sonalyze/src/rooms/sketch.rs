//! The drawing of a request's room: outlines of faces, and where sources and microphones stand.

use report::plot::RoomSketch;
use simulation::request::Request;

/// What plan and section are drawn from.
pub(crate) fn of(request: &Request) -> RoomSketch {
    let mut sketch = RoomSketch::default();
    for face in request.scene.drawn() {
        if face.is_furniture {
            sketch.furniture.extend(face.rings_m);
        } else {
            sketch.walls.extend(face.rings_m);
        }
    }
    let options = &request.options;
    let named = |ids: &[String], places: Vec<[f64; 3]>| ids.iter().cloned().zip(places).collect();
    let scene = &request.scene;
    sketch.sources = named(&options.source_ids, scene.source_positions_m().collect());
    sketch.receivers = named(
        &options.microphone_ids,
        scene.receiver_positions_m().collect(),
    );
    sketch
}
