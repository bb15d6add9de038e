/** Sends a form on that the provider has filled in; without JavaScript its button does. */
document.querySelector('form[data-post]')?.submit()
