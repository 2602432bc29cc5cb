//! What bends around screens, tables and corners: where it runs, and how loud it is.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use glam::DVec3;
use room_simulation::{
    Atmosphere, BeamLimits, BeamTree, DiffractedPath, Directivity, Furniture, Material, Octaves,
    Pickup, Reflected, Room, SceneBuilder, Shape,
};

const SPEED_M_S: f64 = 343.0;

fn octaves() -> Octaves {
    Octaves::from_centres(&[250.0, 500.0, 1000.0, 2000.0, 4000.0]).unwrap()
}

fn felt() -> Material {
    Material::flat(octaves(), 0.9, 0.0)
}

fn block(id: &str, min: [f64; 3], max: [f64; 3]) -> Furniture {
    Furniture::cuboid(id.into(), min, max, felt())
}

fn diffracted(
    room: Room,
    pieces: &[Furniture],
    from: [f64; 3],
    to: [f64; 3],
) -> Vec<DiffractedPath> {
    let ear = Pickup::Single(Directivity::Omnidirectional);
    let mut scene = SceneBuilder::new(room, octaves())
        .air(Atmosphere::Lossless(room_simulation::Air::default()))
        .speed_of_sound(SPEED_M_S)
        .source("s", from, Directivity::Omnidirectional)
        .receiver("r", to, ear);
    for piece in pieces {
        scene = scene.furniture(piece.clone());
    }
    let scene = scene.build().unwrap();
    let Shape::Polyhedron(faces) = scene.shape() else {
        panic!("not a polyhedron");
    };
    let limits = BeamLimits {
        max_order: 0,
        nodes_max: 1,
    };
    let tree = BeamTree::grow(faces, from, limits, &|| false).unwrap();
    let ends = scene.ends(0, 0, Reflected::Whole).unwrap();
    let is_hidden = tree.paths(&ends).is_empty();
    let found = tree.diffracted(&ends);
    assert!(is_hidden || found.is_empty());
    found
}

fn hall() -> Room {
    Room::Shoebox {
        size_m: [60.0, 60.0, 30.0],
        walls: [felt(); 6],
    }
}

fn l_room() -> Room {
    Room::Extruded {
        corners_m: vec![[0., 0.], [6., 0.], [6., 3.], [3., 3.], [3., 7.], [0., 7.]],
        height_m: 3.0,
        walls: vec![felt()],
        floor: felt(),
        ceiling: felt(),
    }
}

/// Maekawa's measured curve as ISO 9613-2 and others write it: 10 lg(3 + 20 N).
fn maekawa_db(detour_m: f64, frequency_hz: f64) -> f64 {
    10.0 * (3.0 + 20.0 * 2.0 * detour_m * frequency_hz / SPEED_M_S).log10()
}

/// Loss against free field, all ways together.
fn loss_db(paths: &[DiffractedPath], straight_m: f64, place: usize) -> f64 {
    let energy: f64 = paths.iter().map(|p| p.amplitude[place].powi(2)).sum();
    -10.0 * (energy * straight_m * straight_m).log10()
}

#[test]
fn levels_behind_thin_and_thick_screens_are_maekawas() {
    // The upper edge lies 1.5 m over both ends, that stand 6 and 9 m before and behind the screen.
    for thick_m in [0.02, 1.0] {
        let screen = block("screen", [30.0, 0.5, 0.0], [30.0 + thick_m, 59.5, 3.0]);
        let to = 30.0 + thick_m + 9.0;
        let found = diffracted(hall(), &[screen], [24.0, 30.0, 1.5], [to, 30.0, 1.5]);
        let straight_m = 15.0 + thick_m;
        let detour_m = 6.0_f64.hypot(1.5) + thick_m + 9.0_f64.hypot(1.5) - straight_m;
        assert!((found[0].detour_m - detour_m).abs() < 1e-9);
        assert_eq!(found[0].points_m.len(), 2);
        for (place, frequency_hz) in octaves().centres_hz().enumerate() {
            let loss = loss_db(&found, straight_m, place);
            let expected = maekawa_db(detour_m, frequency_hz);
            assert!(
                (loss - expected).abs() < 3.0,
                "{thick_m} {frequency_hz}: {loss} {expected}"
            );
        }
    }
}

#[test]
fn sound_runs_over_a_table_and_past_both_its_sides() {
    let table = block("table", [29.0, 28.0, 0.0], [31.0, 32.0, 1.0]);
    let found = diffracted(hall(), &[table], [27.0, 30.0, 0.8], [33.0, 30.0, 0.8]);
    let over = 2.0 * 2.0_f64.hypot(0.2) + 2.0;
    let past = 2.0 * 2.0_f64.hypot(2.0) + 2.0;
    let lengths: Vec<f64> = found.iter().map(|p| p.length_m).collect();
    assert_eq!(lengths.len(), 3, "{lengths:?}");
    for (a, b) in lengths.iter().zip([over, past, past]) {
        assert!((a - b).abs() < 1e-9, "{lengths:?}");
    }
    assert!(found[0].departure[2] > 0.0 && found[0].arrival[2] > 0.0);
    let sides: Vec<f64> = found[1..].iter().map(|p| p.arrival[1].signum()).collect();
    assert!((sides[0] + sides[1]).abs() < 1e-12);
}

#[test]
fn a_board_that_hangs_is_passed_below_too() {
    let board = block("board", [29.9, 28.0, 0.6], [30.0, 32.0, 2.6]);
    let found = diffracted(hall(), &[board], [27.0, 30.0, 1.3], [33.0, 30.0, 1.3]);
    assert_eq!(found.len(), 4);
    assert!(
        found[0].points_m.iter().all(|p| (p[2] - 0.6).abs() < 1e-9),
        "{found:?}"
    );
}

#[test]
fn two_screens_are_crossed_in_one_way() {
    let screens = [
        block("one", [28.0, 20.0, 0.0], [28.1, 40.0, 2.0]),
        block("two", [32.0, 20.0, 0.0], [32.1, 40.0, 2.0]),
    ];
    let found = diffracted(hall(), &screens, [25.0, 30.0, 1.0], [35.1, 30.0, 1.0]);
    let over = 2.0 * 3.0_f64.hypot(1.0) + 4.1;
    assert!((found[0].length_m - over).abs() < 1e-9, "{found:?}");
    // A screen beside the straight line, but in the way of the string past the first, is wound around as well.
    let beside = block("beside", [29.0, 39.0, 0.0], [29.5, 50.0, 4.0]);
    let more = [screens[0].clone(), beside];
    let past = diffracted(hall(), &more, [25.0, 30.0, 1.0], [35.1, 30.0, 1.0]);
    assert!(past.len() >= 3, "{past:?}");
}

#[test]
fn a_hidden_receiver_hears_around_the_corner() {
    let (from, to) = ([1.2, 5.7, 1.5], [4.8, 1.3, 1.2]);
    let found = diffracted(l_room(), &[], from, to);
    let plan = 1.8_f64.hypot(2.7) + 1.8_f64.hypot(1.7);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((found[0].length_m - plan.hypot(0.3)).abs() < 1e-9);
    let [x, y, _] = found[0].points_m[0];
    assert!(DVec3::new(x, y, 0.0).distance(DVec3::new(3.0, 3.0, 0.0)) < 1e-9);
    let straight_m = DVec3::from(from).distance(DVec3::from(to));
    for (place, frequency_hz) in octaves().centres_hz().enumerate() {
        let loss = loss_db(&found, straight_m, place);
        let expected = maekawa_db(found[0].detour_m, frequency_hz);
        assert!(
            (loss - expected).abs() < 3.0,
            "{frequency_hz}: {loss} {expected}"
        );
    }
}

#[test]
fn furniture_on_the_way_around_a_corner_adds_its_detour() {
    let (from, to) = ([1.2, 5.7, 1.0], [4.8, 1.3, 1.0]);
    let free = diffracted(l_room(), &[], from, to);
    let shelf = block("shelf", [1.2, 4.4, 0.0], [2.9, 4.5, 1.4]);
    let found = diffracted(l_room(), &[shelf], from, to);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].length_m > free[0].length_m + 0.01);
    assert!(found[0].points_m.len() > free[0].points_m.len());
}

#[test]
fn a_thick_stub_is_passed_over_both_its_edges() {
    // A wall 0.5 m thick reaches 4 m into the room from the south.
    let room = Room::Extruded {
        corners_m: vec![
            [0., 0.],
            [4., 0.],
            [4., 4.],
            [4.5, 4.],
            [4.5, 0.],
            [9., 0.],
            [9., 7.],
            [0., 7.],
        ],
        height_m: 3.0,
        walls: vec![felt()],
        floor: felt(),
        ceiling: felt(),
    };
    let found = diffracted(room, &[], [2.0, 2.0, 1.5], [6.5, 2.0, 1.5]);
    let around = 2.0 * 2.0_f64.hypot(2.0) + 0.5;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((found[0].length_m - around).abs() < 1e-9);
    assert_eq!(found[0].points_m.len(), 2);
}

#[test]
fn nothing_bends_where_nothing_blocks_or_nothing_leads_around() {
    let table = block("table", [29.0, 28.0, 0.0], [31.0, 32.0, 1.0]);
    assert!(diffracted(hall(), &[table], [27.0, 30.0, 1.8], [33.0, 30.0, 1.8]).is_empty());
    let wall = block("wall", [30.0, 0.0, 0.0], [30.1, 60.0, 30.0]);
    assert!(diffracted(hall(), &[wall], [27.0, 30.0, 1.8], [33.0, 30.0, 1.8]).is_empty());
}
