/** The uv that is fetched where none is installed. */
export const UV_VERSION = '0.13.9';

/** SHA-256 of its wheels, as the package index gives them: for Linux (glibc and musl), macOS and Windows, on x64 and arm64. */
export const UV_WHEELS: ReadonlySet<string> = new Set([
  'd7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19', // manylinux_2_17 x86_64
  '2c45530751517d6c3bbc69a19473f6effe47cce047bede01ffd8af7ea7b36b25', // musllinux_1_1 x86_64
  '5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe', // manylinux_2_17, musllinux_1_1 aarch64
  'ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375', // manylinux_2_28 aarch64
  'c16ed11e013557536b3e60065f1b912f6407bd6518e041b961e23ef9e6b4fbf5', // macosx_10_12 x86_64
  '66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63', // macosx_11_0 arm64
  '6a44b2ed8111d2f60d2b92627c5dccda3f7ed7570b18ce115e569cd68c28246b', // win_amd64
  'eeb92051c2123b9730c46b04cc843cfa4bc7d7b0aec56df431a2215ef4cb0273', // win_arm64
]);
