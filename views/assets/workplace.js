/**
 * At a computer that one person after the other uses: who does nothing for some minutes is signed out, and is told
 * before. Without JavaScript the page goes on by itself, whatever is done on it.
 */
const WARNED_BEFORE = 60
const form = document.querySelector('form[data-seconds]')
const note = document.getElementById('still-there')
const seconds = Number(form?.dataset.seconds)
let timers = []

function begin() {
  timers.forEach(clearTimeout)
  note.hidden = true
  timers = [
    setTimeout(
      () => {
        note.hidden = false
      },
      (seconds - WARNED_BEFORE) * 1000,
    ),
    setTimeout(() => location.replace('/next'), seconds * 1000),
  ]
}

if (form && note) {
  for (const done of ['keydown', 'pointerdown', 'input', 'scroll'])
    addEventListener(done, begin, { passive: true })
  // A page that comes back out of the browser's memory is the next person's.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload()
  })
  begin()
}
