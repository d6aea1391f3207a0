/** As in package.json, which a bundled host does not have beside it. */
export const OWN_VERSION = '0.1.0';
