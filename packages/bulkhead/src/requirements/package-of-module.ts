/**
 * What to ask for so that a module can be imported, in words. Most distributions have the name of their module, but a stranger may
 * have taken the name of one of the plugin's own: those are not named.
 */
export function packageOf(module: string): string {
  const known = distributionOf(module);
  const top = module.split('.')[0] ?? module;
  return known === undefined ? `the package that brings "${top}" (most have the name of their module)` : `"${known}"`;
}

function distributionOf(module: string): string | undefined {
  for (let name = module; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const known = DISTRIBUTIONS.get(name);
    if (known !== undefined) return known;
  }
  return undefined;
}

/** Those that are called otherwise, as their own pages on the Python Package Index say, and those that most people ask for. */
const DISTRIBUTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    aiohttp: 'aiohttp',
    attr: 'attrs',
    boto3: 'boto3',
    bs4: 'beautifulsoup4',
    Crypto: 'pycryptodome',
    cv2: 'opencv-python-headless',
    dateutil: 'python-dateutil',
    discord: 'discord.py',
    distutils: 'setuptools',
    docx: 'python-docx',
    dotenv: 'python-dotenv',
    faiss: 'faiss-cpu',
    fastapi: 'fastapi',
    fitz: 'PyMuPDF',
    flask: 'Flask',
    git: 'GitPython',
    github: 'PyGithub',
    'google.cloud.bigquery': 'google-cloud-bigquery',
    'google.cloud.storage': 'google-cloud-storage',
    'google.genai': 'google-genai',
    'google.protobuf': 'protobuf',
    grpc: 'grpcio',
    httpx: 'httpx',
    jinja2: 'Jinja2',
    jose: 'python-jose',
    jwt: 'PyJWT',
    ldap: 'python-ldap',
    Levenshtein: 'levenshtein',
    lxml: 'lxml',
    magic: 'python-magic',
    markdown: 'Markdown',
    matplotlib: 'matplotlib',
    multipart: 'python-multipart',
    MySQLdb: 'mysqlclient',
    nacl: 'PyNaCl',
    numpy: 'numpy',
    openai: 'openai',
    openpyxl: 'openpyxl',
    OpenSSL: 'pyOpenSSL',
    pandas: 'pandas',
    PIL: 'Pillow',
    pkg_resources: 'setuptools<81',
    polars: 'polars',
    pptx: 'python-pptx',
    psycopg2: 'psycopg2-binary',
    pyarrow: 'pyarrow',
    pydantic: 'pydantic',
    pymongo: 'pymongo',
    pytest: 'pytest',
    rapidfuzz: 'rapidfuzz',
    redis: 'redis',
    requests: 'requests',
    scipy: 'scipy',
    serial: 'pyserial',
    skimage: 'scikit-image',
    sklearn: 'scikit-learn',
    slugify: 'python-slugify',
    sqlalchemy: 'SQLAlchemy',
    telegram: 'python-telegram-bot',
    tensorflow: 'tensorflow',
    torch: 'torch',
    tqdm: 'tqdm',
    transformers: 'transformers',
    umap: 'umap-learn',
    usb: 'pyusb',
    websocket: 'websocket-client',
    win32api: 'pywin32',
    yaml: 'PyYAML',
    zmq: 'pyzmq',
  }),
);
