//! Scenes: what is accepted, and that all faults come at once.

use room_simulation::{
    Directivity, Furniture, Material, MeshFace, Octaves, Patch, Pickup, Room, SceneBuilder,
    SceneFault, Shape, Wrong,
};

const EAR: Pickup = Pickup::Single(Directivity::Omnidirectional);

fn wood() -> Material {
    Material::flat(Octaves::ALL, 0.1, 0.05)
}

fn shoebox() -> Room {
    Room::Shoebox {
        size_m: [5.0, 4.0, 2.5],
        walls: [wood(); 6],
    }
}

fn l_room(turned: bool) -> Room {
    let mut corners_m = vec![[0., 0.], [6., 0.], [6., 3.], [3., 3.], [3., 7.], [0., 7.]];
    if turned {
        corners_m.reverse();
    }
    Room::Extruded {
        corners_m,
        height_m: 3.0,
        walls: vec![wood()],
        floor: wood(),
        ceiling: wood(),
    }
}

fn with_points(room: Room, source: [f64; 3], receiver: [f64; 3]) -> SceneBuilder {
    SceneBuilder::new(room, Octaves::ALL)
        .source("s", source, Directivity::Omnidirectional)
        .receiver("r", receiver, EAR)
}

fn places(faults: &[SceneFault]) -> Vec<String> {
    faults.iter().map(|f| f.place.to_string()).collect()
}

#[test]
fn an_empty_box_stays_a_shoebox_and_furniture_makes_faces_of_it() {
    let empty = with_points(shoebox(), [1.0, 1.0, 1.0], [4.0, 3.0, 1.5]);
    let scene = empty.clone().build().unwrap();
    assert!(matches!(scene.shape(), Shape::Shoebox(_)));
    assert!((scene.volume_m3() - 50.0).abs() < 1e-9);
    let table = Furniture::cuboid("table".into(), [2.0, 1.0, 0.0], [3.0, 3.0, 0.75], wood());
    let furnished = empty.furniture(table).build().unwrap();
    assert!(matches!(furnished.shape(), Shape::Polyhedron(_)));
    assert!((furnished.volume_m3() - 48.5).abs() < 1e-9);
}

#[test]
fn a_plan_may_be_drawn_in_either_direction() {
    for turned in [false, true] {
        let scene = with_points(l_room(turned), [1.2, 5.7, 1.5], [4.8, 1.3, 1.2])
            .build()
            .unwrap();
        assert!((scene.volume_m3() - 90.0).abs() < 1e-9);
        let outside = with_points(l_room(turned), [1.2, 5.7, 1.5], [5.0, 5.0, 1.2])
            .build()
            .unwrap_err();
        assert_eq!(places(&outside), ["receivers[0].position_m"]);
        assert!(matches!(outside[0].wrong, Wrong::OutOfRoom { .. }));
    }
}

#[test]
fn every_wall_of_a_turned_plan_keeps_its_material() {
    let corners = vec![[0., 0.], [6., 0.], [6., 3.], [3., 3.], [3., 7.], [0., 7.]];
    let with = |corners_m: Vec<[f64; 2]>, number: usize| {
        let walls: Vec<Material> = (0..6)
            .map(|i| Material::flat(Octaves::ALL, if i == number { 0.9 } else { 0.1 }, 0.0))
            .collect();
        let room = Room::Extruded {
            corners_m,
            height_m: 3.0,
            walls,
            floor: wood(),
            ceiling: wood(),
        };
        // Wall 1 stands over the first side, from (0, 0) to (6, 0) or, turned round, from (0, 7) to (3, 7).
        with_points(room, [1.2, 5.7, 1.5], [4.8, 1.3, 1.2])
    };
    let patch = |y: f64| Patch {
        name: "window".into(),
        face: "wall 1".into(),
        corners_m: vec![[1.0, y, 1.0], [2.0, y, 1.0], [2.0, y, 2.0], [1.0, y, 2.0]],
        material: wood(),
    };
    assert!(with(corners.clone(), 0).patch(patch(0.0)).build().is_ok());
    let turned: Vec<[f64; 2]> = corners.into_iter().rev().collect();
    assert!(with(turned.clone(), 0).patch(patch(7.0)).build().is_ok());
    assert!(with(turned, 0).patch(patch(0.0)).build().is_err());
}

#[test]
fn all_faults_come_at_once_with_their_places() {
    let bad = Material::flat(Octaves::from_centres(&[500.0]).unwrap(), 1.5, -0.1);
    let mut walls = [Material::flat(Octaves::from_centres(&[500.0]).unwrap(), 0.1, 0.0); 6];
    walls[2] = bad;
    let room = Room::Shoebox {
        size_m: [5.0, -4.0, f64::NAN],
        walls,
    };
    let faults = SceneBuilder::new(room, Octaves::from_centres(&[500.0]).unwrap())
        .speed_of_sound(1.0)
        .source("", [f64::INFINITY, 0.0, 0.0], Directivity::Omnidirectional)
        .build()
        .unwrap_err();
    assert_eq!(
        places(&faults),
        [
            "speed_of_sound_m_s",
            "receivers",
            "room.size_m[1]",
            "room.size_m[2]",
            "sources[0].id",
            "sources[0].position_m[0]",
        ]
    );
    assert!(
        faults[2]
            .to_string()
            .contains("-4 is outside of 0.1 to 1000"),
        "{}",
        faults[2]
    );
}

#[test]
fn points_keep_clear_of_surfaces_furniture_and_each_other() {
    let case = |source, receiver| {
        let block = Furniture::cuboid("block".into(), [2.0, 1.0, 0.0], [3.0, 2.0, 1.0], wood());
        let scene = with_points(shoebox(), source, receiver).furniture(block);
        scene.build().unwrap_err().swap_remove(0)
    };
    let free = [1.0, 1.0, 1.5];
    assert!(matches!(
        case(free, [2.5, 1.5, 0.5]).wrong,
        Wrong::InFurniture { .. }
    ));
    assert!(matches!(
        case(free, [2.5, 1.5, 1.0005]).wrong,
        Wrong::TooNear { .. }
    ));
    assert!(matches!(
        case(free, [1.0, 1.0, 1.5005]).wrong,
        Wrong::TooNear { .. }
    ));
    assert!(matches!(
        case(free, [6.0, 1.0, 1.5]).wrong,
        Wrong::OutOfRoom { .. }
    ));
}

fn plan(corners_m: Vec<[f64; 2]>) -> Room {
    Room::Extruded {
        corners_m,
        height_m: 3.0,
        walls: vec![wood()],
        floor: wood(),
        ceiling: wood(),
    }
}

#[test]
fn plans_whose_sides_cross_are_named() {
    let crossed = [
        vec![[0., 0.], [4., 4.], [4., 0.], [0., 4.]],
        vec![[0., 0.], [6., 0.], [1., 4.], [6., 5.], [0., 5.], [5., 1.]],
    ];
    for corners in crossed {
        let faults = with_points(plan(corners), [1.0; 3], [2.0; 3])
            .build()
            .unwrap_err();
        let named = matches!(
            faults[0].wrong,
            Wrong::NoArea { .. } | Wrong::CrossingSides { .. }
        );
        assert!(named, "{faults:?}");
    }
}

#[test]
fn every_open_edge_of_a_mesh_is_named() {
    let square = |z: f64| MeshFace {
        name: format!("z {z}"),
        corners_m: vec![[0., 0., z], [1., 0., z], [1., 1., z], [0., 1., z]],
        material: wood(),
    };
    let open = Room::Mesh(vec![square(0.0), square(1.0), square(2.0), square(3.0)]);
    let faults = with_points(open, [0.5; 3], [0.6; 3]).build().unwrap_err();
    let edges = faults
        .iter()
        .filter(|f| matches!(f.wrong, Wrong::OpenEdge { faces: 1, .. }));
    assert_eq!(edges.count(), 16);
}

#[test]
fn patches_beyond_their_face_or_on_none_are_named() {
    let patch = |name: &str, face: &str, corners_m: Vec<[f64; 3]>| Patch {
        name: name.into(),
        face: face.into(),
        corners_m,
        material: wood(),
    };
    let wide = vec![
        [5.0, 3.0, 1.0],
        [5.0, 4.5, 1.0],
        [5.0, 4.5, 2.0],
        [5.0, 3.0, 2.0],
    ];
    let scene = with_points(shoebox(), [1.0; 3], [2.0; 3])
        .patch(patch("window", "east", wide))
        .patch(patch(
            "door",
            "front",
            vec![[0., 0., 0.], [1., 0., 0.], [1., 0., 2.]],
        ));
    let faults = scene.build().unwrap_err();
    assert!(matches!(faults[0].wrong, Wrong::PatchBeyondFace { .. }));
    assert!(matches!(&faults[1].wrong, Wrong::UnknownFace { known, .. } if known.len() == 6));
}

#[test]
fn a_rectangular_plan_is_a_shoebox_wherever_it_lies() {
    let absorption = |corners_m: Vec<[f64; 2]>| {
        let wall = |a: f64| Material::flat(Octaves::ALL, a, 0.0);
        let room = Room::Extruded {
            corners_m,
            height_m: 2.5,
            walls: vec![wall(0.1), wall(0.2), wall(0.3), wall(0.4)],
            floor: wall(0.5),
            ceiling: wall(0.6),
        };
        let scene = with_points(room, [-1.0, 0.0, 1.0], [2.9, 1.9, 1.5])
            .build()
            .unwrap();
        match scene.shape() {
            Shape::Shoebox(shoebox) => shoebox.walls.map(|w| format!("{:.1}", w.absorption()[0])),
            Shape::Polyhedron(_) => [const { String::new() }; 6],
        }
    };
    let round = vec![[-3.0, -2.0], [3.0, -2.0], [3.0, 2.0], [-3.0, 2.0]];
    assert_eq!(
        absorption(round.clone()),
        ["0.4", "0.2", "0.1", "0.3", "0.5", "0.6"]
    );
    // From (-3, 2): north, east, south, west.
    let turned = round.into_iter().rev().collect();
    assert_eq!(
        absorption(turned),
        ["0.4", "0.2", "0.3", "0.1", "0.5", "0.6"]
    );
    let outside = with_points(
        plan(vec![[0., 0.], [1., 0.], [1., 1.], [0., 1.]]),
        [0.5; 3],
        [1.5, 0.5, 0.5],
    );
    assert!(matches!(
        outside.build().unwrap_err()[0].wrong,
        Wrong::OutOfRoom { .. }
    ));
}

#[test]
fn materials_are_brought_onto_the_octaves_of_the_scene() {
    let one = Material::flat(Octaves::from_centres(&[1000.0]).unwrap(), 0.3, 0.1);
    let room = Room::Shoebox {
        size_m: [5.0, 4.0, 2.5],
        walls: [one; 6],
    };
    let scene = with_points(room, [1.0; 3], [2.0; 3]).build().unwrap();
    let Shape::Shoebox(shoebox) = scene.shape() else {
        panic!("an empty box is a box");
    };
    assert_eq!(shoebox.walls[0].absorption().values().len(), 9);
}
