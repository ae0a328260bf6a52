// Verifies a published log (C2SP tlog-tiles) with Go's own sumdb/tlog and note packages: a second opinion on ours.
// usage: verify FOLDER KEY [OLDER-CHECKPOINT|"" [FIRST]], FIRST being the first entry that a pruned log still holds
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type folder struct {
	path string
	read map[tlog.Tile][]byte
}

func (folder) Height() int { return 8 }

// Go writes tile/8/L/N for what C2SP calls tile/L/N.
func (dir folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		data, known := dir.read[tile]
		if !known {
			var err error
			data, err = os.ReadFile(filepath.Join(dir.path, "tile", strings.TrimPrefix(tile.Path(), "tile/8/")))
			if err != nil {
				return nil, err
			}
			dir.read[tile] = data
		}
		found = append(found, data)
	}
	return found, nil
}

func (folder) SaveTiles([]tlog.Tile, [][]byte) {}

func open(path, key string) (tlog.Tree, string) {
	data, err := os.ReadFile(path)
	check(err)
	verifier, err := note.NewVerifier(key)
	check(err)
	opened, err := note.Open(data, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], raw)
	return tree, lines[0]
}

func check(err error) {
	if err != nil {
		fmt.Println("REFUSED", err)
		os.Exit(1)
	}
}

func main() {
	dir := folder{os.Args[1], map[tlog.Tile][]byte{}}
	tree, origin := open(filepath.Join(dir.path, "checkpoint"), os.Args[2])
	hashes := tlog.TileHashReader(tree, dir)
	if len(os.Args) > 3 && os.Args[3] != "" {
		old, _ := open(os.Args[3], os.Args[2])
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		check(err)
		check(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	}
	held := int64(0)
	if len(os.Args) > 4 {
		var err error
		held, err = strconv.ParseInt(os.Args[4], 10, 64)
		check(err)
	}
	for first := held; first < tree.N; first += 256 {
		bundle := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(min64(256, tree.N-first))}
		name := strings.Replace(bundle.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(dir.path, name))
		check(err)
		indexes := make([]int64, bundle.W)
		for offset := range indexes {
			indexes[offset] = tlog.StoredHashIndex(0, first+int64(offset))
		}
		leaves, err := hashes.ReadHashes(indexes) // authenticated against the checkpoint's root
		check(err)
		for offset, leaf := range leaves {
			length := int(binary.BigEndian.Uint16(data))
			if leaf != tlog.RecordHash(data[2:2+length]) {
				fmt.Println("REFUSED entry", first+int64(offset))
				os.Exit(1)
			}
			data = data[2+length:]
		}
		proof, err := tlog.ProveRecord(tree.N, first, hashes)
		check(err)
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, first, leaves[0]))
		if len(data) != 0 {
			fmt.Println("REFUSED bundle", first)
			os.Exit(1)
		}
	}
	fmt.Println("OK", origin, tree.N)
}

func min64(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
