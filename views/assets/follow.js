/** Goes on with the page as soon as the phone has come further. A lost network is waited for. */
const EVERY = 3000
const { follow, state } = document.querySelector('[data-follow]').dataset

setInterval(async () => {
  if (document.hidden) return
  const now = await fetch(follow).then(
    (response) => (response.ok ? response.json() : { state: response.status < 500 ? 'gone' : state }),
    () => ({ state }),
  )
  if (now.state !== state) location.reload()
}, EVERY)
