// Command buildkit-oracle answers what BuildKit itself makes of Dockerfiles and ignore files: one JSON question a line on
// standard input, one JSON answer a line on standard output. Fanfold's own reader is held against it.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/patternmatcher/ignorefile"
	digest "github.com/opencontainers/go-digest"
	"github.com/tonistiigi/fsutil"
)

type question struct {
	Kind       string            `json:"kind"`
	Dockerfile string            `json:"dockerfile"`
	Target     string            `json:"target"`
	Args       map[string]string `json:"args"`
	Platform   string            `json:"platform"`
	BaseEnv    []string          `json:"baseEnv"`
	// The files of the context: a path, and where it is a symbolic link what it points at.
	Files  [][]string `json:"files"`
	Ignore string     `json:"ignore"`
	// For kind "words".
	Words  []string          `json:"words"`
	Env    map[string]string `json:"env"`
	Escape string            `json:"escape"`
}

type node struct {
	Command  string   `json:"command"`
	Flags    []string `json:"flags"`
	Words    []string `json:"words"`
	JSON     bool     `json:"json"`
	Heredocs []string `json:"heredocs"`
	Start    int      `json:"start"`
	End      int      `json:"end"`
}

type answer struct {
	Error  string   `json:"error,omitempty"`
	Syntax string   `json:"syntax,omitempty"`
	Nodes  []node   `json:"nodes,omitempty"`
	Valid  bool     `json:"valid,omitempty"`
	Reads  string   `json:"reads,omitempty"`
	Paths  []string `json:"paths,omitempty"`
	Sent   []string `json:"sent,omitempty"`
	// Images that the result is made of, by their whole names.
	Images []string `json:"images,omitempty"`
	Texts  []string `json:"texts,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var q question
			var a answer
			if err := json.Unmarshal(line, &q); err != nil {
				a = answer{Error: "question: " + err.Error()}
			} else {
				a = ask(q)
			}
			encoded, err := json.Marshal(a)
			if err != nil {
				panic(err)
			}
			out.Write(encoded)
			out.WriteByte('\n')
			out.Flush()
		}
		if err != nil {
			return
		}
	}
}

func ask(q question) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{Error: fmt.Sprintf("panic: %v", r)}
		}
	}()
	switch q.Kind {
	case "nodes":
		return nodes(q)
	case "words":
		return words(q)
	default:
		return reads(q)
	}
}

// The file as BuildKit's parser has it, and whether its instructions are accepted.
func nodes(q question) answer {
	var a answer
	a.Syntax, _, _, _ = parser.DetectSyntax([]byte(q.Dockerfile))
	parsed, err := parser.Parse(strings.NewReader(q.Dockerfile))
	if err != nil {
		a.Error = err.Error()
		return a
	}
	for _, n := range parsed.AST.Children {
		words := []string{}
		for next := n.Next; next != nil; next = next.Next {
			if len(next.Children) > 0 {
				child := next.Children[0]
				words = append(words, child.Value)
				for inner := child.Next; inner != nil; inner = inner.Next {
					words = append(words, inner.Value)
				}
				continue
			}
			words = append(words, next.Value)
		}
		heredocs := []string{}
		for _, h := range n.Heredocs {
			heredocs = append(heredocs, h.Name, h.Content)
		}
		flags := n.Flags
		if flags == nil {
			flags = []string{}
		}
		a.Nodes = append(a.Nodes, node{n.Value, flags, words, n.Attributes["json"], heredocs, n.StartLine, n.EndLine})
	}
	stages, _, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{}))
	a.Valid = err == nil && len(stages) > 0
	if err != nil {
		a.Error = err.Error()
	}
	return a
}

// Words with their variables filled in; "!" stands for an error.
func words(q question) answer {
	env := []string{}
	for k, v := range q.Env {
		env = append(env, k+"="+v)
	}
	escape := '\\'
	if q.Escape != "" {
		escape = rune(q.Escape[0])
	}
	var a answer
	for _, word := range q.Words {
		text, _, err := shell.NewLex(escape).ProcessWord(word, shell.EnvsFromSlice(env))
		if err != nil {
			text = "!"
		} else {
			text = "=" + text
		}
		a.Texts = append(a.Texts, text)
	}
	return a
}

type resolver struct{ env []string }

func (r resolver) ResolveImageConfig(_ context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config, err := json.Marshal(map[string]any{
		"architecture": "amd64",
		"os":           "linux",
		"config":       map[string]any{"Env": r.env},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + strings.Repeat("0", 64)}},
	})
	return ref, "", config, err
}

// What BuildKit would ask of the context: "nothing", "everything" or "paths"; and which of the files it would be sent.
func reads(q question) answer {
	var a answer
	platform := platforms.MustParse("linux/amd64")
	if q.Platform != "" {
		p, err := platforms.Parse(q.Platform)
		if err != nil {
			return answer{Error: err.Error()}
		}
		platform = platforms.Normalize(p)
	}
	args := map[string]string{}
	for k, v := range q.Args {
		args[k] = v
	}
	ctx := context.Background()
	result, err := dockerfile2llb.Dockerfile2LLB(ctx, []byte(q.Dockerfile), dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{BuildArgs: args, Target: q.Target},
		MetaResolver:   resolver{q.BaseEnv},
		TargetPlatform: &platform,
	})
	if err != nil {
		return answer{Error: err.Error()}
	}
	states := []llb.State{result.State}
	for _, extra := range result.SBOM.Extras {
		states = append(states, extra)
	}
	a.Reads = "nothing"
	for _, state := range states {
		def, err := state.Marshal(ctx)
		if err != nil {
			return answer{Error: err.Error()}
		}
		for _, dt := range def.Def {
			var op pb.Op
			if err := op.UnmarshalVT(dt); err != nil {
				return answer{Error: err.Error()}
			}
			source := op.GetSource()
			if source == nil {
				continue
			}
			if name, found := strings.CutPrefix(source.Identifier, "docker-image://"); found {
				a.Images = append(a.Images, name)
			}
			if !strings.HasPrefix(source.Identifier, "local://") {
				continue
			}
			follow, narrow := source.Attrs[pb.AttrFollowPaths]
			if !narrow {
				a.Reads = "everything"
				continue
			}
			a.Reads = "paths"
			if err := json.Unmarshal([]byte(follow), &a.Paths); err != nil {
				return answer{Error: err.Error()}
			}
		}
	}
	if a.Reads == "nothing" || len(q.Files) == 0 {
		return a
	}
	sent, err := sentFiles(ctx, q, a.Paths)
	if err != nil {
		return answer{Error: "sent: " + err.Error()}
	}
	a.Sent = sent
	return a
}

func sentFiles(ctx context.Context, q question, follow []string) ([]string, error) {
	root, err := os.MkdirTemp("", "oracle-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	for _, file := range q.Files {
		path := filepath.Join(root, file[0])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if len(file) > 1 {
			err = os.Symlink(file[1], path)
		} else {
			err = os.WriteFile(path, nil, 0o644)
		}
		if err != nil {
			return nil, err
		}
	}
	excludes, err := ignorefile.ReadAll(strings.NewReader(q.Ignore))
	if err != nil {
		return nil, err
	}
	base, err := fsutil.NewFS(root)
	if err != nil {
		return nil, err
	}
	filtered, err := fsutil.NewFilterFS(base, &fsutil.FilterOpt{FollowPaths: follow, ExcludePatterns: excludes})
	if err != nil {
		return nil, err
	}
	sent := []string{}
	err = filtered.Walk(ctx, "", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() {
			sent = append(sent, path)
		}
		return nil
	})
	sort.Strings(sent)
	return sent, err
}
