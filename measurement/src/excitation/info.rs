//! What stands where in the signal.

use contract::job::{AudioInfo, AudioSegment};
use room_dsp::{Excitation, Segment, SegmentKind};

/// The parts of a signal with their times and frequencies.
pub(crate) fn info(excitation: &Excitation) -> AudioInfo {
    let total_duration = excitation.duration_s();
    AudioInfo {
        sample_rate: excitation.rate().hz(),
        total_duration,
        segments: excitation.segments().iter().map(segment).collect(),
        sweep_start: excitation.sweep_start_s(),
        sweep_end: excitation.sweep_end_s(),
        recommended_recording_start: 0.0,
        recommended_recording_end: total_duration,
    }
}

fn segment(part: &Segment) -> AudioSegment {
    let kind = match part.kind {
        SegmentKind::Chirp => "chirp",
        SegmentKind::Silence => "silence",
        SegmentKind::Sweep => "sweep",
    };
    AudioSegment {
        name: part.name.to_owned(),
        kind: kind.to_owned(),
        start: part.start_s,
        end: part.end_s,
        f_start: part.frequency_hz.map(|(start, _)| start),
        f_end: part.frequency_hz.map(|(_, end)| end),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_reference_is_told_as_ever() {
        let told = serde_json::to_value(info(&Excitation::reference())).unwrap();
        let expected = json!({
            "sample_rate": 48_000, "total_duration": 15.0,
            "segments": [
                {"name": "sync_chirp_start", "type": "chirp", "start": 0.0, "end": 0.5, "f_start": 2000.0, "f_end": 10000.0},
                {"name": "post_sync_silence", "type": "silence", "start": 0.5, "end": 2.5},
                {"name": "measurement_sweep", "type": "sweep", "start": 2.5, "end": 12.5, "f_start": 20.0, "f_end": 20000.0},
                {"name": "reverb_tail", "type": "silence", "start": 12.5, "end": 14.5},
                {"name": "sync_chirp_end", "type": "chirp", "start": 14.5, "end": 15.0, "f_start": 2000.0, "f_end": 10000.0},
            ],
            "sweep_start": 2.5, "sweep_end": 12.5,
            "recommended_recording_start": 0.0, "recommended_recording_end": 15.0,
        });
        assert_eq!(told, expected);
    }
}
