//! What a client shows of an analysis: the same entries, in the same order and decimals, as ever.

use contract::results::{DisplayMetric, Results};

/// An entry before it has a value.
struct Entry {
    key: &'static str,
    label: &'static str,
    /// Digits behind the point.
    decimals: usize,
    /// What the value is multiplied with to be read in `unit`.
    factor: f64,
    unit: &'static str,
    description: &'static str,
    icon: &'static str,
    category: &'static str,
}

const fn entry(key: &'static str, label: &'static str, decimals: usize) -> Entry {
    Entry {
        key,
        label,
        decimals,
        factor: 1.0,
        unit: "dB",
        description: "",
        icon: "",
        category: "",
    }
}

const ENTRIES: [Entry; 8] = [
    Entry {
        unit: "s",
        description: "Reverberation time (60 dB decay)",
        icon: "timer",
        category: "reverberation",
        ..entry("rt60", "RT60", 2)
    },
    Entry {
        unit: "s",
        description: "Early decay time",
        icon: "speed",
        category: "reverberation",
        ..entry("edt", "EDT", 2)
    },
    Entry {
        unit: "",
        description: "Speech transmission index",
        icon: "record_voice_over",
        category: "intelligibility",
        ..entry("sti", "STI", 2)
    },
    Entry {
        description: "Clarity for speech",
        icon: "hearing",
        category: "clarity",
        ..entry("c50", "C50", 1)
    },
    Entry {
        description: "Clarity for music",
        icon: "music_note",
        category: "clarity",
        ..entry("c80", "C80", 1)
    },
    Entry {
        factor: 100.0,
        unit: "%",
        description: "Definition (speech intelligibility)",
        icon: "graphic_eq",
        category: "clarity",
        ..entry("d50", "D50", 0)
    },
    Entry {
        description: "Direct-to-reverberant ratio",
        icon: "surround_sound",
        category: "spatial",
        ..entry("drr", "DRR", 1)
    },
    Entry {
        description: "Signal-to-noise ratio",
        icon: "signal_cellular_alt",
        category: "quality",
        ..entry("snr", "SNR", 1)
    },
];

/// The entries of what is known, numbered without gaps.
pub(super) fn metrics(results: &Results) -> Vec<DisplayMetric> {
    let values = [
        results.rt.rt60_s,
        results.rt.edt_s,
        results.sti.sti,
        results.clarity.c50_db,
        results.clarity.c80_db,
        results.clarity.d50,
        results.drr.drr_db,
        results.quality.snr_db,
    ];
    ENTRIES
        .iter()
        .zip(values)
        .filter_map(|(entry, value)| Some((entry, value?)))
        .enumerate()
        .map(|(sort_order, (entry, value))| metric(entry, value, sort_order))
        .collect()
}

fn metric(entry: &Entry, value: f64, sort_order: usize) -> DisplayMetric {
    DisplayMetric {
        key: entry.key.to_owned(),
        label: entry.label.to_owned(),
        value,
        formatted_value: format!("{:.*}", entry.decimals, value * entry.factor),
        unit: entry.unit.to_owned(),
        description: entry.description.to_owned(),
        icon: entry.icon.to_owned(),
        category: entry.category.to_owned(),
        sort_order,
    }
}
