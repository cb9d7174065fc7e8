package cli

import "strings"

// agentMark is an environment variable by which an agent's shell can be told.
type agentMark struct {
	name   string // ending in *: every variable that begins like this
	agent  string
	except string // names that begin like this are what people set for themselves, separated by spaces
}

// agentMarks is the table of those that are known; a new agent is a new row.
// Sources: the agents' documentation, vercel/detect-agent and aws-cdk's detect-agent.
func agentMarks() []agentMark {
	return []agentMark{
		{"NONBIS_EFFECT", "a command of nonbis run", ""},
		{"CLAUDECODE", "Claude Code", ""},
		{"CLAUDE_CODE_SESSION_ID", "Claude Code", ""},
		{"CLAUDE_CODE_ENTRYPOINT", "Claude Code", ""},
		{"CODEX_*", "Codex", "CODEX_HOME"},
		{"GEMINI_CLI", "Gemini CLI", ""},
		{"GEMINI_SESSION_ID", "Gemini CLI", ""},
		{"CURSOR_AGENT", "Cursor", ""},
		{"CURSOR_TRACE_ID", "Cursor", ""},
		{"OPENCODE*", "OpenCode", "OPENCODE_CONFIG OPENCODE_TUI_CONFIG OPENCODE_EXPERIMENTAL OPENCODE_DISABLE"},
		{"GROK_SESSION_ID", "Grok", ""},
		{"ANTIGRAVITY_CONVERSATION_ID", "Antigravity", ""},
		{"CLINE_ACTIVE", "Cline", ""},
		{"AI_AGENT", "an agent", ""}, // a convention that several follow
	}
}

// agentIn finds an agent in an environment; the variable is what gave it away.
func agentIn(environ []string) (agent, variable string) {
	for _, mark := range agentMarks() {
		for _, entry := range environ {
			name, value, _ := strings.Cut(entry, "=")
			if value != "" && mark.matches(name) {
				return mark.agent, name
			}
		}
	}
	return "", ""
}

func (m agentMark) matches(name string) bool {
	begin, open := strings.CutSuffix(m.name, "*")
	if !open {
		return name == m.name
	}
	for except := range strings.FieldsSeq(m.except) {
		if strings.HasPrefix(name, except) {
			return false
		}
	}
	return strings.HasPrefix(name, begin)
}
