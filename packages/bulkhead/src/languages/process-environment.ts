/**
 * What a plugin's process sees of the host's environment variables: an allow-list, because the host's hold its secrets.
 * Everything else has to be named in the registry's `env`.
 */
const ALLOWED = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  // certificates of the machine, without which no plugin behind a company proxy can speak TLS
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  // Windows does not start a Python without these
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
]);

/** Locale, and numeric libraries' choice of threads and processor features, which a machine's owner sets for all programs. */
const ALLOWED_PREFIXES = ['LC_', 'OMP_', 'OPENBLAS_', 'MKL_', 'NUMEXPR_'];

export function processEnvironment(
  host: NodeJS.ProcessEnv,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined) continue;
    if (ALLOWED.has(name.toUpperCase()) || ALLOWED_PREFIXES.some((start) => name.startsWith(start)))
      variables[name] = value;
  }
  return { ...variables, ...own };
}
