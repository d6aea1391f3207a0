/** The msgpack whose C extension the Python SDK may use: the newest for which there are wheels for 3.9. */
export const MSGPACK_VERSION = '1.1.2';

/**
 * SHA-256 of the extension in each of its wheels for Linux with glibc, with musl, and for macOS, by Python, system and processor. Of the
 * file itself, not of the wheel: this is what is loaded into plugins, so this is what has to be whole each time.
 */
export const MSGPACK_EXTENSIONS: Readonly<Record<string, string>> = {
  'cp39-darwin-arm64': '96cf06c193288569bbf99ede9926a90549548fd0662f6f8df4eb11d9f901786f',
  'cp39-darwin-x64': '757fe2673ce002c01c426522e3f43b4073793d884b9949f153657b2020924109',
  'cp39-linux-arm64': '8ee0ecb6a20fc5bfb82076f01ba9c650e18e7984df174f1262805ee793d48648',
  'cp39-linux-x64': '37acbbbf228cca35f05fbe0c2d63e89bea33a541c843d1d7c0eaa3f9edb0daf3',
  'cp39-musl-arm64': 'e8befdaae4a0d595c954db0b8c9a8f0de21b9ba4e3284b8cdfd15d75b53c1440',
  'cp39-musl-x64': '901beae1a8c93dbf50a02fa412fdcf922d103bb84cab322b01b739926fb1c7d0',
  'cp310-darwin-arm64': '1517dc9b14fce85ca683cfba7d5f8bf1a18b7cc348d56c5b3bc63005acba9121',
  'cp310-darwin-x64': 'a5ccfb3cc56b83f690bd8ae05f46f0762e208639473d7fdafae4ef180f1bb926',
  'cp310-linux-arm64': 'be20732f8ae8acf29ef57e8ed43e808250c2f472f52ac3677998c131cd83347c',
  'cp310-linux-x64': 'd4e180984c536743c9a4ac668efe2b6b073d639468f3be77385f0c757db6c7cf',
  'cp310-musl-arm64': '651f1d03e4f313a3668435b1f40656ffe915c63960bc41876948e411281199db',
  'cp310-musl-x64': '971bda71372af33967268d9b77dec3552b23c58aa9a4a56821bf0b19efb2ccb9',
  'cp311-darwin-arm64': '86577343f14d4e41ed3e19b2e4f70671dd1edfb8c1443092474cab8e328ab483',
  'cp311-darwin-x64': '8b4f188d8c66d99e0769b9ae54360eddb7511389910c05bd96bbaa30ad8b747a',
  'cp311-linux-arm64': '6b25a569c30e2aa6eb45ccd0cc2a825b8b94e9704b5a21564cf2abe77cc7e060',
  'cp311-linux-x64': '48b5c774c6054ea4a72e6583f69e7d1403b7fdbb2cf5eb16996ad0cd8e7f4326',
  'cp311-musl-arm64': 'faa2885266b5cf1608f3e5743191610ba5ef5e2edad704b9fae3f8a6bc1c9e8a',
  'cp311-musl-x64': '1e0e8ba1a63bcf97ea39871fca3417b3d9fc368605bc0fc0f4e1c915263d587c',
  'cp312-darwin-arm64': '32f9397b8aa087079ddaa47409177b696c7052a61bb1781ecfee69839ec22aaf',
  'cp312-darwin-x64': 'c8e7dac2b3e6fb3f25d35df03bea5aa6dfaadfdc67497cf35c3ddb2a2a14f16c',
  'cp312-linux-arm64': 'd48ba73aaa67ff1da79588a4f63a186e1ad6f9d82f837bb6664e8c62dc2937ff',
  'cp312-linux-x64': '91a10ae8bfca9bec1acc767c332c1c5c0fc0209da206a4c2b01a636bb14e2a6f',
  'cp312-musl-arm64': '2f9c457fe4deb394153566c1fbb1638ebaa38225e8b960cb8dad39cb0477c564',
  'cp312-musl-x64': '5f4fe14392ec4249d18f53d56a7accd2d12c53f0a6039a4f8be663c247bc8038',
  'cp313-darwin-arm64': 'ca5c771b2008238b15f01bf931cfd8a999754ff435aad3c2c8b513c4b9943775',
  'cp313-darwin-x64': '014663dbb557df3f0e841d40a99a7e48b8bd4ee9b86af2e503a0b8e1f7e84a85',
  'cp313-linux-arm64': '38b08e4e7e59b4b73ee6c45f40f906e30e24a1ae6b94bad41bde8b745db0e01a',
  'cp313-linux-x64': 'bbde1356825303c91f9e9a4254517963a01a5225c0af03315c0663cfc33e0ce4',
  'cp313-musl-arm64': '578840c8eb3d6f3f9f90ad11a898e45fa394795b61fc7ff4610f3ce0212a650f',
  'cp313-musl-x64': '3887c55f0e07b87ffb1db7c587ad39c86c43a605e508ff355a6739f1f7779c2c',
  'cp314-darwin-arm64': '2176468564c5c6d9009aac9520261057754c1aac5555e3db89a3bfbcca2d8939',
  'cp314-darwin-x64': 'a609f66f28d92a193f176c4bce6446ab25d4d815686ef98caa41bec3dbd01efc',
  'cp314-linux-arm64': '496909c9415346a6b5d8b4a504d88754511a3805a6a5c9acf60ffa3c35f1d2ea',
  'cp314-linux-x64': 'c010d403287f15b963d68ff484757f6115fb88dff7a15b9ec26d8cb1cef6e992',
  'cp314-musl-arm64': '1116d1af356f5be8fb511b6540d27b05560cb5afeb4b7c8dc0cae5d0fa48ba3d',
  'cp314-musl-x64': 'a5e72979900560e996b3995fed1cfe63b6fb2b7de14b3c3ffd81f0b6d32da038',
};
