// Security headers of every page (OWASP Secure Headers). A route may replace one, e.g. for files learners download.

/**
 * No inline script or style, nothing from elsewhere, nobody may frame us. Pictures may be data: URLs for small icons.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const ALWAYS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  // Not no-referrer: browsers then send `Origin: null` with our own forms.
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
} as const;

const HTTPS = { ...ALWAYS, "strict-transport-security": "max-age=31536000" } as const;

/** Headers for an answer over http or https (as the proxy in front tells). */
export const securityHeaders = (https: boolean): Readonly<Record<string, string>> => (https ? HTTPS : ALWAYS);
