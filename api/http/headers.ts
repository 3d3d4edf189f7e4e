/** Security headers. They are set before the handler runs: setting one after `next()` would corrupt a Stream. */
import type { MiddlewareHandler } from 'hono'

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types plasma',
  'report-uri /v1/reports',
].join('; ')

const PERMISSIONS = [
  'camera=(self)',
  'clipboard-write=(self)',
  'fullscreen=(self)',
  'accelerometer=()',
  'autoplay=()',
  'browsing-topics=()',
  'display-capture=()',
  'geolocation=()',
  'gyroscope=()',
  'hid=()',
  'magnetometer=()',
  'microphone=()',
  'midi=()',
  'payment=()',
  'serial=()',
  'usb=()',
].join(', ')

export type SecurityHeaders = Readonly<Record<string, string>>

/** Of every answer of the API, Problems and Streams included: a raw `writeHead` takes them from here. */
export function apiHeaders(publicOrigin: string): SecurityHeaders {
  return {
    ...common(publicOrigin),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  }
}

/** Of pages, worker scripts, the service worker and everything else of the built app: a worker has the policy of its own script. */
export function pageHeaders(publicOrigin: string): SecurityHeaders {
  return {
    ...common(publicOrigin),
    ...(isSecure(publicOrigin)
      ? {
          'content-security-policy': `${PAGE_POLICY}; report-to csp`,
          'reporting-endpoints': 'csp="/v1/reports"',
        }
      : // Chromium reports to an endpoint over HTTPS only, and once one is named it uses nothing else.
        { 'content-security-policy': PAGE_POLICY }),
    'permissions-policy': PERMISSIONS,
  }
}

export function setHeaders(headers: SecurityHeaders): MiddlewareHandler {
  const entries = Object.entries(headers)
  return (c, next) => {
    for (const [name, value] of entries) c.header(name, value)
    return next()
  }
}

function common(publicOrigin: string): SecurityHeaders {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(isSecure(publicOrigin) ? { 'strict-transport-security': 'max-age=63072000; includeSubDomains' } : {}),
  }
}

const isSecure = (publicOrigin: string) => publicOrigin.startsWith('https:')
