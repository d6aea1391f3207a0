"""What the host starts: `python -I -S bootstrap.py --folder F --entry-point plugin.py ...`. Compiled anew at each
start, hence this small; the options are told in _process/launch.py."""

import sys

options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
sys.path.insert(0, __file__.rpartition("/plugin_sdk/")[0])
sys.pycache_prefix = options.get("--pycache")
from plugin_sdk._process.launch import launch  # noqa: E402

sys.pycache_prefix = None
launch(options)
