// Package storm kills runners of the real binary at random and judges what is
// left. It has no code of the product in it: the judge reads what the commands
// themselves wrote and what nonbis ls --json says.
package storm
