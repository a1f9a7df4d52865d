/** Two soft notes, computed: there is no audio file. Browsers keep it silent until the visitor has used the page. */
export function playTone(): void {
  try {
    const audio = new AudioContext();
    const { currentTime: now } = audio;
    const note = audio.createOscillator();
    const volume = audio.createGain();
    note.connect(volume).connect(audio.destination);
    note.frequency.setValueAtTime(659.26, now);
    note.frequency.setValueAtTime(880, now + NOTE_SECONDS);
    volume.gain.setValueAtTime(PEAK, now);
    volume.gain.exponentialRampToValueAtTime(0.001, now + 2 * NOTE_SECONDS);
    note.start();
    note.stop(now + 2 * NOTE_SECONDS);
    // Not when the notes have ended: they never do where the browser keeps them silent.
    setTimeout(() => void audio.close(), CLOSE_MS);
  } catch {
    // No audio device, or forbidden: the title still tells.
  }
}

const NOTE_SECONDS = 0.16;
const PEAK = 0.12;
const CLOSE_MS = 2000;
