/** The file in which most Python programs without a pyproject.toml list their packages. */
export const REQUIREMENTS_FILE = 'requirements.txt';
