/** The only Trusted Types policy: script addresses of our own, from an allow-list. */

interface ScriptPolicy {
  createScriptURL(address: string): string
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): ScriptPolicy
}

const ALLOWED = /^\/(?:sw\.js|qr-worker\.js|assets\/[\w.-]+\.js)$/

function allowedAddress(address: string): string {
  const url = new URL(address, location.origin)
  if (url.origin !== location.origin || url.search !== '' || url.hash !== '')
    throw new TypeError('script address refused')
  if (!ALLOWED.test(url.pathname)) throw new TypeError('script address refused')
  return url.href
}

const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes
const policy: ScriptPolicy = factory?.createPolicy('plasma', { createScriptURL: allowedAddress }) ?? {
  createScriptURL: allowedAddress,
}

/**
 * An address that `new Worker`, `new Workbox` and the QR worker accept under the page's policy.
 *
 * @throws TypeError for anything but this origin's listed scripts.
 */
export function scriptUrl(address: string): string {
  return policy.createScriptURL(address)
}
