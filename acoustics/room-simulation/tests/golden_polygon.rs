//! The visible images of five rooms of planar faces against the golden lists, made by another program.
//!
//! Paths that pass an edge by less than 0.1 mm are left out on both sides: there rounding decides.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use room_simulation::{
    Atmosphere, BeamLimits, BeamTree, Directivity, Furniture, ImagePath, Material, MeshFace,
    Octaves, Pickup, Reflected, Room, SceneBuilder, Shape,
};
use serde_json::Value;

/// Margin below which a path is not compared, in metres.
const MARGIN_M: f64 = 1e-4;
/// Tolerance of positions, in metres, and of amplitudes.
const SAME: f64 = 1e-6;

fn golden(case: &str) -> Value {
    let root = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../golden/simulation/polygon"
    );
    let text = std::fs::read_to_string(format!("{root}/{case}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|x| x.as_f64().unwrap()).collect()
}

fn point(value: &Value) -> [f64; 3] {
    numbers(value).try_into().unwrap()
}

fn octave() -> Octaves {
    Octaves::from_centres(&[1000.0]).unwrap()
}

fn material(face: &Value) -> Material {
    Material::flat(octave(), face["alpha"].as_f64().unwrap(), 0.0)
}

/// The room of a case: its walls as a mesh, and what is named a table as furniture.
fn builder(case: &Value) -> SceneBuilder {
    let all = case["faces"].as_array().unwrap();
    let is_table = |f: &&Value| f["name"].as_str().unwrap().starts_with("table");
    let walls = all.iter().filter(|f| !is_table(f)).map(|f| MeshFace {
        name: f["name"].as_str().unwrap().to_owned(),
        corners_m: f["vertices"]
            .as_array()
            .unwrap()
            .iter()
            .map(point)
            .collect(),
        material: material(f),
    });
    let builder = SceneBuilder::new(Room::Mesh(walls.collect()), octave())
        .air(Atmosphere::Lossless(room_simulation::Air::default()))
        .source("s", point(&case["source"]), Directivity::Omnidirectional)
        .receiver(
            "r",
            point(&case["receiver"]),
            Pickup::Single(Directivity::Omnidirectional),
        );
    let tables: Vec<&Value> = all.iter().filter(is_table).collect();
    let corners = tables
        .iter()
        .flat_map(|f| f["vertices"].as_array().unwrap().iter().map(point));
    let Some(first) = corners.clone().next() else {
        return builder;
    };
    let extreme = |pick: fn(f64, f64) -> f64| {
        corners
            .clone()
            .fold(first, |a, b| core::array::from_fn(|i| pick(a[i], b[i])))
    };
    let table = Furniture::cuboid(
        "table".into(),
        extreme(f64::min),
        extreme(f64::max),
        material(tables[0]),
    );
    builder.furniture(table)
}

fn paths(case: &Value) -> Vec<ImagePath> {
    let scene = builder(case).build().unwrap();
    let Shape::Polyhedron(room) = scene.shape() else {
        panic!("meshes are polyhedra");
    };
    let limits = BeamLimits {
        max_order: usize::try_from(case["max_order"].as_u64().unwrap()).unwrap(),
        nodes_max: 1_000_000,
    };
    let tree = BeamTree::grow(room, point(&case["source"]), limits, &|| false).unwrap();
    assert_eq!(tree.complete_order(), limits.max_order);
    tree.paths(&scene.ends(0, 0, Reflected::Whole).unwrap())
}

/// Whether a path is the golden one, its position apart.
fn agree(path: &ImagePath, image: &Value) -> bool {
    let position = point(&image["pos"]);
    let near = |i: usize| (path.position_m[i] - position[i]).abs() < SAME;
    let amplitude = image["amp"].as_f64().unwrap();
    (0..3).all(near)
        && path.order as u64 == image["order"].as_u64().unwrap()
        && (path.distance_m - image["dist_m"].as_f64().unwrap()).abs() < SAME
        && (path.amplitude[0] / amplitude - 1.0).abs() < SAME
}

fn check(name: &str) {
    let case = golden(name);
    let found = paths(&case);
    let sure = |p: &&ImagePath| p.margin_m > MARGIN_M;
    let mut left: Vec<&Value> = case["images"].as_array().unwrap().iter().collect();
    for path in found.iter().filter(sure) {
        let place = left.iter().position(|image| agree(path, image));
        let place = place.unwrap_or_else(|| panic!("{name}: not golden: {path:?}"));
        let image = left.swap_remove(place);
        if let Some(margin_m) = image["margin_m"].as_f64() {
            assert!(
                (path.margin_m - margin_m).abs() < SAME,
                "{name}: {path:?} {image}"
            );
        }
    }
    let certain = |i: &&&Value| i["margin_m"].as_f64().is_none_or(|m| m > MARGIN_M);
    let missing: Vec<_> = left.iter().filter(certain).collect();
    assert!(missing.is_empty(), "{name}: {missing:?}");
    let per_order = numbers(&case["per_order"]);
    for (order, count) in per_order.iter().enumerate() {
        let own = found.iter().filter(|p| p.order == order).count();
        assert!((own as f64 - count).abs() < 0.5, "{name}: {order} {own}");
    }
}

#[test]
fn a_box_of_planes_has_the_images_of_a_box() {
    check("p01_shoebox_check");
}

#[test]
fn an_l_with_line_of_sight() {
    check("p02_lshape_los");
}

#[test]
fn an_l_around_the_corner() {
    check("p03_lshape_hidden");
}

#[test]
fn a_pentagon() {
    check("p04_pentagon");
}

#[test]
fn a_table_throws_shadows_and_reflects() {
    check("p05_table_box");
}
