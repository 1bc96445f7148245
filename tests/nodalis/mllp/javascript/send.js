// Sends messages over one connection, each after the answer to the one before: node send.js <folder with node_modules> <port> <count>
const { createRequire } = require("module");
const [folder, port, count] = process.argv.slice(2);
const hl7 = createRequire(folder + "/")("simple-hl7");
const client = hl7.Server.createTcpClient({ host: "127.0.0.1", port: Number(port), keepalive: true });
const send = (number) => {
  if (number === Number(count)) process.exit(0);
  const message = new hl7.Message("LAB", "HOSP", "NODALIS", "", "20260304", "", ["ORU", "R01"], `J${number}`, "P", "2.5");
  message.addSegment("OBR", "1", "", `S${number}`);
  message.addSegment("OBX", "1", "TX", "TEXT", "", "1/2", "", "", "", "", "", "F");
  client.send(message, (error, answer) => {
    const said = !error && /MSA\|(\w\w)\|(\w*)/.exec(answer.toString());
    console.log(said ? `${said[1]} ${said[2]}` : `${error || answer}`);
    setImmediate(send, number + 1); // the client is ready for it only after this function
  });
};
send(0);
