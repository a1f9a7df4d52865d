/** A short two-tone sound, made on the spot. Silent where the browser does not let a page sound yet. */
export function createChime(): () => void {
  let audio: AudioContext | null = null;
  return () => {
    if (typeof AudioContext === "undefined") return;
    audio ??= new AudioContext();
    if (audio.state === "suspended") {
      void audio.resume().catch(() => {});
      return;
    }
    playTone(audio, 660, 0);
    playTone(audio, 880, 0.09);
  };
}

function playTone(audio: AudioContext, frequency: number, delaySeconds: number): void {
  const start = audio.currentTime + delaySeconds;
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0.0001, start);
  gain.gain.exponentialRampToValueAtTime(0.12, start + 0.01);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.22);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + 0.25);
}
