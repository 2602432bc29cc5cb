//! Times stages.
use std::time::Instant;
fn main() {
    #![allow(clippy::all, clippy::disallowed_methods)]
    let root = xtask::workspace::root();
    let bytes = std::fs::read(root.join("golden/measurement/rec/r01_ideal_office.flac")).unwrap();
    let audio = audio_file::read(&bytes, &audio_file::Limits::default()).unwrap();
    let t = Instant::now();
    let a = room_dsp::Analyzer::new(room_dsp::Excitation::reference());
    println!("analyzer {:?}", t.elapsed());
    let t = Instant::now();
    let e = room_metrics::Evaluator::new(
        room_dsp::SampleRate::STANDARD,
        room_metrics::EvaluationOptions::default(),
    );
    println!("evaluator {:?}", t.elapsed());
    for _ in 0..20 {
        let t = Instant::now();
        let m = a.measure(&audio.signal).unwrap();
        let t1 = t.elapsed();
        let p = e.evaluate(&m.impulse_response);
        println!("measure {:?} evaluate {:?}", t1, t.elapsed() - t1);
        std::hint::black_box(p);
    }
}
