"""A tool that echoes text, as an MCP server over stdio."""

from mcp.server.mcpserver import MCPServer

server = MCPServer("echo")


@server.tool(structured_output=False)
def echo(data: str) -> str:
    return data


server.run("stdio")
