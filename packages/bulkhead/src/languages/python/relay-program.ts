/** Joins its standard input and output with a port of the loopback that it sees. */
const RELAY = `
import os, socket, sys, threading
end = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def send():
    for data in iter(lambda: os.read(0, 65536), b""):
        end.sendall(data)
    end.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
for data in iter(lambda: end.recv(65536), b""):
    while data:
        data = data[os.write(1, data):]
`;

/** The arguments of a Python that does so. */
export function relayArguments(port: number): readonly string[] {
  return ['-I', '-S', '-c', RELAY, String(port)];
}
