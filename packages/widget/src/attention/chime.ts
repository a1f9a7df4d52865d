/** Two soft notes, computed: there is no audio file. Browsers keep it silent until the visitor has used the page. */
export function playTone(): void {
  try {
    const audio = new AudioContext();
    const volume = audio.createGain();
    volume.connect(audio.destination);
    // Not when the notes have ended: they never do where the browser keeps them silent.
    setTimeout(() => void audio.close(), CLOSE_MS);
    NOTES.forEach((frequency, index) => {
      const at = audio.currentTime + index * NOTE_SECONDS;
      const note = audio.createOscillator();
      note.frequency.value = frequency;
      note.connect(volume);
      volume.gain.setValueAtTime(PEAK, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + NOTE_SECONDS);
      note.start(at);
      note.stop(at + NOTE_SECONDS);
    });
  } catch {
    // No audio device, or forbidden: the badge still tells.
  }
}

const NOTES = [659.26, 880];
const NOTE_SECONDS = 0.16;
const PEAK = 0.12;
const CLOSE_MS = 2000;
