/**
 * What to ask for so that a module can be imported. Most distributions have the name of their module; these are the common ones
 * that do not, as their own pages on the Python Package Index say.
 */
export function distributionOf(module: string): string {
  for (let name = module; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const known = DISTRIBUTIONS.get(name);
    if (known !== undefined) return known;
  }
  return (module.split('.')[0] ?? module).replaceAll('_', '-');
}

const DISTRIBUTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Crypto: 'pycryptodome',
    Levenshtein: 'levenshtein',
    MySQLdb: 'mysqlclient',
    OpenSSL: 'pyOpenSSL',
    PIL: 'Pillow',
    attr: 'attrs',
    bs4: 'beautifulsoup4',
    cv2: 'opencv-python-headless',
    dateutil: 'python-dateutil',
    discord: 'discord.py',
    distutils: 'setuptools',
    docx: 'python-docx',
    dotenv: 'python-dotenv',
    faiss: 'faiss-cpu',
    fitz: 'PyMuPDF',
    git: 'GitPython',
    github: 'PyGithub',
    'google.cloud.bigquery': 'google-cloud-bigquery',
    'google.cloud.storage': 'google-cloud-storage',
    'google.genai': 'google-genai',
    'google.protobuf': 'protobuf',
    grpc: 'grpcio',
    jose: 'python-jose',
    jwt: 'PyJWT',
    ldap: 'python-ldap',
    magic: 'python-magic',
    markdown: 'Markdown',
    multipart: 'python-multipart',
    nacl: 'PyNaCl',
    pkg_resources: 'setuptools<81',
    pptx: 'python-pptx',
    psycopg2: 'psycopg2-binary',
    serial: 'pyserial',
    skimage: 'scikit-image',
    sklearn: 'scikit-learn',
    slugify: 'python-slugify',
    telegram: 'python-telegram-bot',
    umap: 'umap-learn',
    usb: 'pyusb',
    websocket: 'websocket-client',
    win32api: 'pywin32',
    yaml: 'PyYAML',
    zmq: 'pyzmq',
  }),
);
