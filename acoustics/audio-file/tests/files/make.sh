#!/bin/sh
# Makes the golden files beside it. Needs sox, flac, opus-tools, ffmpeg with libmp3lame, libvorbis and
# libopus, and python3.
# Every file holds 0.3 s at 48 kHz: a click of 0.8 at sample 4 848 in the left or only channel, and in the
# right one at sample 9 696
# with 0.4. Between them lies a faint tone of 440 Hz, so that no encoder sees silence.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

python3 - "$work" <<'PY'
import math, struct, sys
def write(name, channels):
    clicks = [(4848, 0.8), (9696, 0.4)]
    frames = bytearray()
    for n in range(14400):
        for c in range(channels):
            at, level = clicks[c]
            x = level if n == at else 0.01 * math.sin(2 * math.pi * 440 * n / 48000)
            frames += struct.pack('<i', round(x * 8388607))[:3]
    head = struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 36 + len(frames), b'WAVE', b'fmt ', 16, 1,
                       channels, 48000, 48000 * 3 * channels, 3 * channels, 24, b'data', len(frames))
    open(f'{sys.argv[1]}/{name}.wav', 'wb').write(head + frames)
write('mono', 1)
write('stereo', 2)
PY

ff() { ffmpeg -nostdin -loglevel error -y -fflags +bitexact "$@"; }
for n in mono stereo; do
    in="$work/$n.wav"
    sox -D "$in" -b 16 "$n-16.wav"
    flac --silent --force --best --no-padding -o "$n-24.flac" "$in"
    sox -D "$in" -b 16 "$n-16.aiff"
    ff -i "$in" -c:a alac -flags:a +bitexact "$n-alac.m4a"
    ff -i "$in" -c:a libmp3lame -b:a 128k -flags:a +bitexact "$n.mp3"
    ff -i "$in" -c:a libvorbis -b:a 96k -flags:a +bitexact "$n.vorbis.ogg"
    ff -i "$in" -c:a aac -b:a 128k -flags:a +bitexact "$n.m4a"
    opusenc --quiet --serial 1 --bitrate 96 "$in" "$n.opus"
    ff -i "$in" -c:a libopus -b:a 96k -flags:a +bitexact "$n.webm"
done
in="$work/mono.wav"
sox -D "$in" -b 8 -e unsigned mono-8.wav
cp "$in" mono-24.wav
ff -i "$in" -c:a pcm_s32le mono-32.wav
ff -i "$in" -c:a pcm_f32le mono-f32.wav
ff -i "$in" -c:a pcm_f64le mono-f64.wav
# WAVE_FORMAT_EXTENSIBLE
sox -D "$work/stereo.wav" -b 24 stereo-extensible.wav
# what a browser's recorder sends: clusters of unknown length, no end padding
ff -i "$in" -c:a libopus -b:a 64k -flags:a +bitexact -f webm -live 1 mono-live.webm
ff -i "$in" -c:a pcm_f32le -f matroska -live 1 -flags:a +bitexact mono-pcm.webm
# speech coding at a low rate: SILK and hybrid frames
opusenc --quiet --serial 1 --speech --bitrate 20 "$in" mono-speech.opus
# fragments, as browsers record MP4
ff -i "$in" -c:a aac -b:a 128k -flags:a +bitexact -movflags frag_keyframe+empty_moov+delay_moov mono-fragmented.m4a
ff -i "$in" -c:a libopus -b:a 96k -flags:a +bitexact -f mp4 mono-opus.mp4
# no edit list and no note: the delay is unknown
ff -i "$in" -c:a aac -b:a 128k -flags:a +bitexact -use_editlist 0 mono-no-edit.m4a
ff -i "$in" -c:a aac -b:a 128k -flags:a +bitexact mono.aac
ff -i "$in" -c:a libmp3lame -b:a 128k -flags:a +bitexact -write_xing 0 mono-no-xing.mp3
ff -i "$in" -c:a flac -f ogg -flags:a +bitexact mono-flac.ogg
# what another decoder makes of it
opusdec --quiet --force-wav --no-dither --rate 48000 mono-speech.opus mono-speech-decoded.wav
