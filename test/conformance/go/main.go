// Reads a lane of the gateway's log with the Go tools of its ecosystem (golang.org/x/mod/sumdb/note and tlog): a stranger's
// implementation of signed notes, RFC 6962 and tiles. Exit code 0: what was asked for holds; 1: it does not, the reason on stderr.
//
//	log verify -url https://HOST/log/LANE -ca F -cert F -key F -vkey V [-earlier F [-earlier-vkey V]] [-index N -leaf BASE64] [-entry]
//	log verify -dir DIR/LANE -vkey V ...
//	log sign -name NAME       signs the text on stdin with a new key; prints the verifier key and the note
//	log open -vkey V          opens the note on stdin
package main

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// C2SP tlog-tiles fixes the height of tiles; it does not stand in their paths.
const height = 8

type read func(path string) ([]byte, error)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("verify, sign or open"))
	}
	var err error
	switch os.Args[1] {
	case "verify":
		err = verify(os.Args[2:])
	case "sign":
		err = sign(os.Args[2:])
	case "open":
		err = open(os.Args[2:])
	default:
		err = fmt.Errorf("verify, sign or open")
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func verify(args []string) error {
	flags := flag.NewFlagSet("verify", flag.ExitOnError)
	url := flags.String("url", "", "prefix of the lane")
	dir := flags.String("dir", "", "directory of the lane")
	ca := flags.String("ca", "", "authorities")
	cert := flags.String("cert", "", "client certificate")
	key := flags.String("key", "", "its key")
	vkey := flags.String("vkey", "", "verifier key of the lane")
	earlier := flags.String("earlier", "", "file with an earlier checkpoint")
	earlierKey := flags.String("earlier-vkey", "", "verifier key that signed it, where that was another")
	index := flags.Int64("index", -1, "of a record")
	leaf := flags.String("leaf", "", "hash of that record")
	entry := flags.Bool("entry", false, "read the record too")
	flags.Parse(args)

	get, err := reader(*url, *dir, *ca, *cert, *key)
	if err != nil {
		return err
	}
	signed, err := get("checkpoint")
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(signed, *vkey)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(tree, tiles{get})
	result := map[string]interface{}{"size": tree.N, "root": tree.Hash.String()}

	if *index >= 0 {
		want, err := tlog.ParseHash(*leaf)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(tree.N, *index, hashes)
		if err != nil {
			return fmt.Errorf("inclusion: %v", err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, *index, want); err != nil {
			return fmt.Errorf("inclusion: %v", err)
		}
		result["inclusion"] = len(proof)
		if *entry {
			record, err := readEntry(get, tree.N, *index)
			if err != nil {
				return err
			}
			if tlog.RecordHash(record) != want {
				return fmt.Errorf("the entry is not the record")
			}
			result["entry"] = len(record)
		}
	}
	if *earlier != "" {
		signed, err := os.ReadFile(*earlier)
		if err != nil {
			return err
		}
		if *earlierKey == "" {
			*earlierKey = *vkey
		}
		old, err := openCheckpoint(signed, *earlierKey)
		if err != nil {
			return fmt.Errorf("earlier: %v", err)
		}
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		if err != nil {
			return fmt.Errorf("consistency: %v", err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			return fmt.Errorf("consistency: %v", err)
		}
		result["consistency"] = map[string]interface{}{"from": old.N, "hashes": len(proof)}
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// openCheckpoint checks the signature of a C2SP tlog-checkpoint and reads its three lines.
func openCheckpoint(signed []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, err
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

// tiles reads tiles by their C2SP paths.
type tiles struct{ get read }

func (t tiles) Height() int { return height }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := t.get(pathOf(tile))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// pathOf: this package writes tile/8/0/x001/234 and tile/8/data/..., C2SP tile/0/x001/234 and tile/entries/...
func pathOf(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	if tile.L == -1 {
		path = "entries/" + strings.TrimPrefix(path, "data/")
	}
	return "tile/" + path
}

// readEntry takes a record out of its bundle: each after its length as a big-endian uint16.
func readEntry(get read, size, index int64) ([]byte, error) {
	bundle := tlog.Tile{H: height, L: -1, N: index >> height, W: 1 << height}
	if rest := size - bundle.N<<height; rest < 1<<height {
		bundle.W = int(rest)
	}
	data, err := get(pathOf(bundle))
	if err != nil {
		return nil, err
	}
	for skip := index & (1<<height - 1); ; skip-- {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("the bundle ends early")
		}
		length := int(binary.BigEndian.Uint16(data))
		if skip == 0 {
			return data[2 : 2+length], nil
		}
		data = data[2+length:]
	}
}

func reader(url, dir, ca, cert, key string) (read, error) {
	if dir != "" {
		return func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, path)) }, nil
	}
	authorities, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("%s holds no certificate", ca)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13},
	}}
	return func(path string) ([]byte, error) {
		response, err := client.Get(url + "/" + path)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(io.LimitReader(response.Body, 1<<25))
		if err != nil {
			return nil, err
		}
		if response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %s", path, response.Status)
		}
		return body, nil
	}, nil
}

func sign(args []string) error {
	flags := flag.NewFlagSet("sign", flag.ExitOnError)
	name := flags.String("name", "", "of the key")
	flags.Parse(args)
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, *name)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: string(text)}, signer)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]string{"vkey": vkey, "note": string(signed)})
}

func open(args []string) error {
	flags := flag.NewFlagSet("open", flag.ExitOnError)
	vkey := flags.String("vkey", "", "verifier key")
	flags.Parse(args)
	verifier, err := note.NewVerifier(*vkey)
	if err != nil {
		return err
	}
	signed, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, bytes.NewReader([]byte(opened.Text)))
	return err
}
