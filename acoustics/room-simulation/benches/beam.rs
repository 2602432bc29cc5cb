//! S4, the L-room with a hidden receiver: the whole search of images and their paths to one receiver, by order.
//!
//! pyroomacoustics 0.10.1 takes 3.9, 7.2, 54 and 708 ms for orders 3, 6, 8 and 10 on one thread.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use room_simulation::{
    BeamLimits, BeamTree, Directivity, Material, Octaves, Pickup, Reflected, Room, Scene,
    SceneBuilder, Shape,
};

const SOURCE: [f64; 3] = [1.2, 5.7, 1.5];

#[expect(clippy::unwrap_used, reason = "the scene is a constant")]
fn l_room() -> Scene {
    let wall = Material::flat(Octaves::ALL, 0.15, 0.0);
    let room = Room::Extruded {
        corners_m: vec![[0., 0.], [6., 0.], [6., 3.], [3., 3.], [3., 7.], [0., 7.]],
        height_m: 3.0,
        walls: vec![wall],
        floor: wall,
        ceiling: wall,
    };
    let ear = Pickup::Single(Directivity::Omnidirectional);
    SceneBuilder::new(room, Octaves::ALL)
        .source("source", SOURCE, Directivity::Omnidirectional)
        .receiver("receiver", [4.8, 1.3, 1.2], ear)
        .build()
        .unwrap()
}

fn s4(c: &mut Criterion) {
    let scene = l_room();
    let Shape::Polyhedron(room) = scene.shape() else {
        return;
    };
    let Some(ends) = scene.ends(0, 0, Reflected::Whole) else {
        return;
    };
    let mut group = c.benchmark_group("S4");
    for max_order in [3, 6, 7, 8, 10] {
        let limits = BeamLimits {
            max_order,
            nodes_max: 1 << 20,
        };
        let grow = || BeamTree::grow(room, SOURCE, limits, &|| false);
        group.bench_function(BenchmarkId::new("whole", max_order), |b| {
            b.iter(|| grow().map(|tree| tree.paths(black_box(&ends))));
        });
        if let Some(tree) = grow() {
            group.bench_function(BenchmarkId::new("paths", max_order), |b| {
                b.iter(|| tree.paths(black_box(&ends)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, s4);
criterion_main!(benches);
