/** Adds „Schlüssel kopieren“ where the browser can; the key can be marked and copied by hand all the same. */
for (const place of document.querySelectorAll('[data-copy]')) {
  const source = document.getElementById(place.dataset.copy)
  if (!navigator.clipboard || !source) continue
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'kern-btn kern-btn--tertiary'
  const label = document.createElement('span')
  label.className = 'kern-label'
  label.textContent = place.dataset.label
  button.append(label)
  const status = document.createElement('span')
  status.setAttribute('role', 'status')
  status.className = 'kern-body'
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(source.textContent.replace(/\s/g, ''))
    status.textContent = place.dataset.done
  })
  place.append(button, status)
  place.hidden = false
}
