/**
 * Takes the contact link that Plasma put into the fragment, away from the address bar and its history at once,
 * and shows it for one tap. It waits in this tab's storage while its owner signs in.
 */
const WAITING = 'waiting-link'

if (location.hash.length > 1) {
  sessionStorage.setItem(WAITING, decodeURIComponent(location.hash.slice(1)))
  history.replaceState(null, '', location.pathname)
}

const form = document.getElementById('add-link')
const link = sessionStorage.getItem(WAITING)
if (form !== null && link !== null) {
  document.getElementById('link').value = link
  document.getElementById('link-shown').textContent = link
  document.getElementById('no-link').hidden = true
  form.hidden = false
  form.addEventListener('submit', () => sessionStorage.removeItem(WAITING))
}
