/** Adds „Passwort anzeigen“ to password fields; without JavaScript there is none, and nothing is missing. */
for (const input of document.querySelectorAll('input[type=password][data-show]')) {
  const { show, hide } = input.dataset
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'kern-btn kern-btn--tertiary reveal'
  button.setAttribute('aria-controls', input.id)
  const label = document.createElement('span')
  label.className = 'kern-label'
  button.append(label)
  const set = (visible) => {
    input.type = visible ? 'text' : 'password'
    label.textContent = visible ? hide : show
  }
  set(false)
  button.addEventListener('click', () => {
    set(input.type === 'password')
    input.focus()
  })
  // Password managers and browsers save what is a password field when the form goes.
  input.form?.addEventListener('submit', () => set(false))
  input.after(button)
}
